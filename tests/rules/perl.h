/* SPDX-License-Identifier: MIT */
/* PCRE2, asked for all that matches at the front of a text. */
#ifndef TESTS_RULES_PERL_H
#define TESTS_RULES_PERL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define PERL_MATCHES_MAX 128

struct perl {
	pcre2_code *code;
	pcre2_match_data *data;
};

static inline struct perl perl_new(const char *expression) {
	int error;
	PCRE2_SIZE at;
	struct perl p = {.code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, PCRE2_ANCHORED | PCRE2_DOTALL,
	                                       &error, &at, NULL)};

	if (!p.code) {
		fprintf(stderr, "PCRE2 does not take %s, at %zu\n", expression, at);
		abort();
	}
	p.data = pcre2_match_data_create(PERL_MATCHES_MAX, NULL);
	return p;
}

static inline void perl_release(struct perl *p) {
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
}

/* Its second algorithm follows all ways at once, and gives the longest match first. Returns how many there are. */
static inline size_t perl_ends(const struct perl *p, const char *s, size_t len, size_t ret[PERL_MATCHES_MAX]) {
	int workspace[4096];
	int n = pcre2_dfa_match(p->code, (PCRE2_SPTR)s, len, 0, 0, p->data, NULL, workspace, 4096);

	for (int i = 0; i < n; i++)
		ret[i] = pcre2_get_ovector_pointer(p->data)[2 * i + 1];
	return n > 0 ? (size_t)n : 0;
}

#endif
