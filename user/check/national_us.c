/* SPDX-License-Identifier: MIT */
/* United States. */
#include "check/digits.h"
#include "check/list.h"

#include <string.h>

/* Three groups 3-2-4 with one separator between them, or none at all. */
static bool ssn_bare(struct bare *ret, const char *s, size_t len) {
	if (len == 11 && (s[3] != s[6] || !strchr("- .", s[3])))
		return false;
	return (len == 9 || len == 11) && bare_make(ret, s, len, "- .") && ret->len == 9 && digits_only(ret->c, 9);
}

enum check_class check_us_ssn(const char *s, size_t len) {
	/* SSA: printed on sample cards and in advertisements; and what everybody types. */
	static const char *const samples[] = {"078051120", "219099999", "123456789", "111111111", "457555462"};
	_cleanup_bare_ struct bare b;

	if (!ssn_bare(&b, s, len))
		return CHECK_INVALID;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (!memcmp(b.c, samples[i], 9))
			return CHECK_DOCUMENTATION;
	if (!memcmp(b.c, "98765432", 8))
		return CHECK_DOCUMENTATION;
	if (!memcmp(b.c, "000", 3) || !memcmp(b.c, "666", 3) || b.c[0] == '9' || !memcmp(b.c + 3, "00", 2) ||
	    !memcmp(b.c + 5, "0000", 4))
		return CHECK_INVALID;
	return CHECK_REAL;
}
