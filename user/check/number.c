/* SPDX-License-Identifier: MIT */
#include "check/number.h"

#include <stdlib.h>
#include <string.h>

/* One atom of a form: does c fit it? *ret_end is behind the atom, before its count. */
static bool atom_fits(const char *form, char c, const char **ret_end) {
	bool fits = false;

	*ret_end = form + 1;
	switch (*form) {
	case '#':
		return digit_is(c);
	case '@':
		return letter_is(c);
	case '*':
		return digit_is(c) || letter_is(c);
	case '[':
		for (form++; *form != ']'; form++) {
			bool range = form[1] == '-' && form[2] != ']';

			fits |= range ? c >= form[0] && c <= form[2] : c == *form;
			form += range ? 2 : 0;
		}
		*ret_end = form + 1;
		return fits;
	default:
		return c == *form;
	}
}

static const char *count(const char *form, size_t *ret_min, size_t *ret_max) {
	char *end;

	*ret_min = *ret_max = 1;
	if (*form == '?') {
		*ret_min = 0;
		return form + 1;
	}
	if (*form != '{')
		return form;
	*ret_min = *ret_max = strtoul(form + 1, &end, 10);
	if (*end == ',')
		*ret_max = strtoul(end + 1, &end, 10);
	return end + 1;
}

/* One alternative, which ends at '|' or NUL. Only counts with a range can make it look back. */
static bool alternative_ok(const char *form, const char *v) {
	const char *atom = form, *next;
	size_t min, max, n = 0;

	if (!*form || *form == '|')
		return !*v;
	atom_fits(atom, *v, &next);
	form = count(next, &min, &max);
	while (n < max && v[n] && atom_fits(atom, v[n], &next))
		n++;
	for (; n >= min; n--) {
		if (alternative_ok(form, v + n))
			return true;
		if (n == 0)
			break;
	}
	return false;
}

bool form_ok(const char *form, const char *v) {
	while (form) {
		if (alternative_ok(form, v))
			return true;
		form = strchr(form, '|');
		if (form)
			form++;
	}
	return false;
}

bool control_ok(const struct control *c, const char *v) {
	size_t weights = strlen(c->weights);
	unsigned sum = c->cross ? digits_cross_sum(v + c->from, c->weights) : digits_sum(v + c->from, c->weights);

	if (!c->chars)
		return sum % c->modulus == 0;
	return v[c->at ? c->at - 1u : c->from + weights] == c->chars[sum % strlen(c->chars)];
}

static void drop_prefix(struct bare *b, const char *prefixes) {
	while (prefixes && *prefixes) {
		size_t n = strcspn(prefixes, "|");

		if (bare_drop_prefix(b, prefixes, n))
			return;
		prefixes += prefixes[n] ? n + 1 : n;
	}
}

static void pad_zero(struct bare *b, size_t len) {
	size_t missing = b->len < len ? len - b->len : 0;

	memmove(b->c + missing, b->c, b->len + 1);
	memset(b->c, '0', missing);
	b->len += missing;
}

enum check_class number_check(const struct number *n, const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	if (len > 80 || !bare_make(&b, s, len, n->strip))
		return CHECK_INVALID;
	drop_prefix(&b, n->prefix);
	if (!form_ok(n->form, b.c))
		return CHECK_INVALID;
	pad_zero(&b, n->pad);
	for (size_t i = 0; i < 2 && n->controls[i].weights; i++)
		if (!control_ok(&n->controls[i], b.c))
			return CHECK_INVALID;
	return n->also && !n->also(b.c) ? CHECK_INVALID : CHECK_REAL;
}

bool also_luhn(const char *v) {
	size_t len = strlen(v);

	return luhn_ok(v, len);
}

bool also_mod_11_10(const char *v) {
	size_t len = strlen(v);

	return iso7064_hybrid_ok(v, len, 10);
}

bool also_not_zero(const char *v) {
	size_t len = strlen(v);

	return strspn(v, "0") < len;
}
