/* SPDX-License-Identifier: MIT */
#include "base/yaml_field.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 128

bool yaml_word(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what,
               const char *const *words, unsigned int *ret) {
	_cleanup_free_ char *text = yaml_text(y, node, instead, what);
	char known[256] = "";

	if (!text)
		return false;
	for (unsigned int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*ret = i;
			return true;
		}
		size_t len = strlen(known);
		snprintf(known + len, sizeof(known) - len, "%s%s", i ? ", " : "", words[i]);
	}
	yaml_complain(y, node, 0, "%s is one of %s, not \"%s\"", what, known, text);
	return false;
}

bool yaml_bool(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what, bool *ret) {
	_cleanup_free_ char *text = yaml_text(y, node, instead, what);

	if (!text)
		return false;
	bool known = !strcmp(text, "true") || !strcmp(text, "false");
	if (known)
		*ret = *text == 't';
	else
		yaml_complain(y, node, 0, "%s is true or false, not \"%s\"", what, text);
	return known;
}

/* strtod() would read it as the locale wants. */
static bool parse_number(const char *text, bool whole, double *ret) {
	double number = 0, unit = 0;

	for (const char *c = text; *c; c++) {
		if (*c == '.' && !whole && !unit && c > text && c[1]) {
			unit = 1;
			continue;
		}
		if (*c < '0' || *c > '9')
			return false;
		unit /= 10;
		number = unit ? number + (*c - '0') * unit : number * 10 + (*c - '0');
	}
	*ret = number;
	return *text;
}

bool yaml_number(struct yaml *y, struct fy_node *node, struct fy_node *instead, const char *what, bool whole,
                 double min, double max, double *ret) {
	_cleanup_free_ char *text = yaml_text(y, node, instead, what);
	double number;

	if (!text)
		return false;
	if (!parse_number(text, whole, &number)) {
		yaml_complain(y, node, 0, "%s must be a %snumber, not \"%s\"", what, whole ? "whole " : "", text);
		return false;
	}
	if (!(number >= min && number <= max)) {
		yaml_complain(y, node, 0, "%s must be %g to %g, not %s", what, min, max, text);
		return false;
	}
	*ret = number;
	return true;
}

bool yaml_quantity(struct yaml *y, struct fy_node *node, struct fy_node *instead, const struct yaml_quantity *q,
                   const char *what, double *ret) {
	_cleanup_free_ char *text = yaml_text(y, node, instead, what);
	double number;

	if (!text)
		return false;
	size_t len = strspn(text, "0123456789.");
	const struct yaml_unit *unit = q->units;
	while (unit->name && strcmp(unit->name, text + len))
		unit++;
	text[len] = 0;
	if (!unit->name || !parse_number(text, false, &number)) {
		yaml_complain(y, node, 0, "%s must be %s", what, q->form);
		return false;
	}
	number *= unit->factor;
	if (q->max > 0 && !(number >= q->min && number <= q->max)) {
		yaml_complain(y, node, 0, "%s is out of its range, which is %g to %g %s", what, q->min, q->max, q->unit);
		return false;
	}
	*ret = number;
	return true;
}

static size_t edits(const char *a, const char *b) {
	size_t row[NAME_MAX_BYTES + 1], alen = strlen(a), blen = strlen(b);

	if (blen > NAME_MAX_BYTES)
		return blen;
	for (size_t j = 0; j <= blen; j++)
		row[j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t change = corner + (a[i - 1] != b[j - 1]), gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			corner = row[j];
			row[j] = change < gap ? change : gap;
		}
	}
	return row[blen];
}

size_t yaml_edits_max(const char *name) {
	return strlen(name) / 2 + 1;
}

bool yaml_is_nearer(const char *name, const char *known, size_t *ret_edits) {
	size_t n = edits(name, known);

	if (n >= *ret_edits)
		return false;
	*ret_edits = n;
	return true;
}
