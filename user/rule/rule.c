/* SPDX-License-Identifier: MIT */
#include "rule/rule.h"

#include "rule/field.h"

#include <stdlib.h>
#include <string.h>

void rules_free(struct rules *r) {
	if (!r)
		return;
	for (size_t i = 0; i < r->len; i++)
		rule_release(&r->items[i]);
	for (size_t i = 0; i < r->files.len; i++)
		free(r->files.items[i]);
	free(r->files.items);
	free(r->items);
	free(r);
}

const char *rule_severity_name(enum rule_severity s) {
	return rule_field_find("severity")->words[s];
}

bool rule_severity_parse(const char *name, enum rule_severity *ret) {
	for (enum rule_severity s = RULE_INFO; s <= RULE_CRITICAL; s++) {
		if (strcmp(rule_severity_name(s), name) != 0)
			continue;
		*ret = s;
		return true;
	}
	return false;
}

size_t key_normalize(char *ret, size_t size, const char *key, size_t len) {
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		unsigned char c = key[i];
		if (memchr("_-./ \\\"", c, 7))
			continue;
		ret[n++] = c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
	}
	return n;
}
