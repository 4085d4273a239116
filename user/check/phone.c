/* SPDX-License-Identifier: MIT */
/* Telephone numbers. */
#include "check/digits.h"
#include "check/list.h"

#include <stdlib.h>
#include <string.h>

/* ITU-T E.164: country code, shortest and longest national number in use. */
static const struct country_code {
	uint16_t code;
	uint8_t min, max;
} codes[] = {
    {1, 7, 10},    {7, 10, 14},  {20, 8, 10},  {27, 5, 10},  {30, 10, 12}, {31, 5, 11},  {32, 8, 9},    {33, 9, 9},
    {34, 9, 9},    {36, 8, 9},   {39, 6, 12},  {40, 6, 9},   {41, 9, 12},  {43, 4, 13},  {44, 7, 10},   {45, 8, 8},
    {46, 6, 12},   {47, 5, 8},   {48, 6, 10},  {49, 4, 15},  {51, 8, 9},   {52, 10, 11}, {53, 6, 10},   {54, 10, 11},
    {55, 8, 11},   {56, 9, 11},  {57, 10, 11}, {58, 10, 10}, {60, 8, 10},  {61, 5, 12},  {62, 7, 13},   {63, 6, 13},
    {64, 5, 10},   {65, 8, 11},  {66, 8, 13},  {81, 8, 17},  {82, 5, 14},  {84, 7, 10},  {86, 7, 12},   {90, 7, 13},
    {91, 8, 13},   {92, 8, 12},  {93, 9, 9},   {94, 9, 9},   {95, 6, 10},  {98, 4, 10},  {211, 9, 9},   {212, 9, 9},
    {213, 8, 9},   {216, 8, 8},  {218, 9, 9},  {220, 7, 7},  {221, 9, 9},  {222, 8, 8},  {223, 8, 8},   {224, 8, 9},
    {225, 10, 10}, {226, 8, 8},  {227, 8, 8},  {228, 8, 8},  {229, 8, 10}, {230, 7, 10}, {231, 7, 9},   {232, 8, 8},
    {233, 8, 9},   {234, 7, 14}, {235, 8, 8},  {236, 8, 8},  {237, 8, 9},  {238, 7, 7},  {239, 7, 7},   {240, 9, 9},
    {241, 7, 8},   {242, 9, 9},  {243, 7, 9},  {244, 9, 9},  {245, 7, 9},  {246, 7, 7},  {247, 5, 6},   {248, 7, 7},
    {249, 9, 9},   {250, 8, 9},  {251, 9, 9},  {252, 6, 9},  {253, 8, 8},  {254, 7, 10}, {255, 9, 9},   {256, 9, 9},
    {257, 8, 8},   {258, 8, 9},  {260, 9, 9},  {261, 9, 9},  {262, 9, 9},  {263, 5, 10}, {264, 8, 9},   {265, 7, 9},
    {266, 8, 8},   {267, 7, 10}, {268, 8, 9},  {269, 7, 7},  {290, 4, 5},  {291, 7, 7},  {297, 7, 7},   {298, 6, 6},
    {299, 6, 6},   {350, 8, 8},  {351, 9, 9},  {352, 4, 11}, {353, 7, 10}, {354, 7, 9},  {355, 6, 9},   {356, 8, 8},
    {357, 8, 8},   {358, 5, 12}, {359, 6, 9},  {370, 8, 8},  {371, 8, 8},  {372, 7, 10}, {373, 8, 8},   {374, 8, 8},
    {375, 6, 11},  {376, 6, 9},  {377, 8, 9},  {378, 8, 10}, {380, 9, 10}, {381, 6, 12}, {382, 8, 9},   {383, 8, 9},
    {385, 6, 9},   {386, 5, 8},  {387, 8, 9},  {389, 8, 8},  {420, 9, 12}, {421, 6, 9},  {423, 7, 9},   {500, 5, 5},
    {501, 7, 11},  {502, 8, 11}, {503, 7, 11}, {504, 8, 11}, {505, 8, 8},  {506, 8, 10}, {507, 7, 11},  {508, 6, 9},
    {509, 8, 8},   {590, 9, 9},  {591, 8, 9},  {592, 7, 7},  {593, 8, 11}, {594, 9, 9},  {595, 6, 11},  {596, 9, 9},
    {597, 6, 7},   {598, 7, 10}, {599, 7, 8},  {670, 7, 8},  {672, 6, 6},  {673, 7, 7},  {674, 7, 7},   {675, 7, 8},
    {676, 5, 7},   {677, 5, 7},  {678, 5, 7},  {679, 7, 11}, {680, 7, 7},  {681, 6, 9},  {682, 5, 5},   {683, 4, 7},
    {685, 5, 10},  {686, 5, 8},  {687, 6, 6},  {688, 5, 7},  {689, 6, 9},  {690, 4, 7},  {691, 7, 7},   {692, 7, 7},
    {800, 8, 8},   {808, 8, 8},  {850, 8, 10}, {852, 5, 11}, {853, 7, 8},  {855, 8, 10}, {856, 8, 10},  {870, 9, 12},
    {878, 12, 12}, {880, 6, 10}, {881, 9, 9},  {882, 7, 12}, {883, 9, 12}, {886, 7, 11}, {888, 11, 11}, {960, 7, 10},
    {961, 7, 8},   {962, 8, 9},  {963, 8, 9},  {964, 8, 10}, {965, 7, 8},  {966, 9, 10}, {967, 7, 9},   {968, 7, 9},
    {970, 8, 10},  {971, 5, 12}, {972, 7, 12}, {973, 8, 8},  {974, 7, 9},  {975, 7, 8},  {976, 8, 10},  {977, 8, 11},
    {979, 9, 9},   {992, 9, 9},  {993, 8, 8},  {994, 9, 9},  {995, 9, 9},  {996, 9, 10}, {998, 9, 9},
};

/* Where a national number may begin with 0 after the country code. */
static const uint16_t leading_zero[] = {
    39, 47, 81, 225, 226, 227, 229, 241, 242, 247, 250, 267, 268, 378, 501, 676, 679, 687, 800, 853, 881, 888, 992,
};

/*
 * Numbers that regulators keep free for films and examples (Ofcom, ACMA, Arcep, PTS, Bundesnetzagentur, ComReg): the
 * leading digits after the plus sign, and how many follow.
 */
static const struct fictional {
	char prefix[12];
	uint8_t follow;
} fictional[] = {
    {"441134960", 3},   {"441144960", 3},   {"441154960", 3},   {"441164960", 3},   {"441174960", 3},
    {"441184960", 3},   {"441214960", 3},   {"441314960", 3},   {"441414960", 3},   {"441514960", 3},
    {"441614960", 3},   {"442079460", 3},   {"441914980", 3},   {"442896496", 3},   {"442920180", 3},
    {"441632960", 3},   {"447700900", 3},   {"448081570", 3},   {"449098790", 3},   {"443069990", 3},
    {"6125550", 4},     {"6127010", 4},     {"6135550", 4},     {"6137010", 4},     {"6175550", 4},
    {"6177010", 4},     {"6185550", 4},     {"6187010", 4},     {"61491570006", 0}, {"61491570110", 0},
    {"61491570156", 0}, {"61491570157", 0}, {"61491570158", 0}, {"61491570159", 0}, {"61491570313", 0},
    {"61491570737", 0}, {"3319900", 4},     {"3326191", 4},     {"3335301", 4},     {"3346571", 4},
    {"3353649", 4},     {"3363998", 4},     {"463139006", 2},   {"469803192", 2},   {"464062804", 2},
    {"468465004", 2},   {"467017406", 2},   {"493023125", 3},   {"496990009", 3},   {"494066969", 3},
    {"492214710", 3},   {"498999998", 3},   {"4917139200", 2},  {"3532091", 5},
};

static int compare_code(const void *key, const void *row) {
	return (int)*(const unsigned *)key - (int)((const struct country_code *)row)->code;
}

static const struct country_code *country_find(const char *digits) {
	const struct country_code *found = NULL;
	unsigned prefix = 0;

	/* E.164 codes are prefix-free and at most three digits long. */
	for (int n = 0; !found && n < 3 && digits[n]; n++) {
		prefix = prefix * 10 + (unsigned)(digits[n] - '0');
		found = bsearch(&prefix, codes, sizeof(codes) / sizeof(codes[0]), sizeof(codes[0]), compare_code);
	}
	return found;
}

/* NANPA: NXX-NXX-XXXX, neither part ending in 11; 555-01XX is fictional. Ten digits. */
static enum check_class nanp_class(const char *d) {
	/* An area that is not assigned, and that people make numbers up with. */
	if (!memcmp(d, "555", 3))
		return CHECK_DOCUMENTATION;
	if (d[0] < '2' || d[3] < '2' || !memcmp(d + 1, "11", 2) || !memcmp(d + 4, "11", 2) || d[1] == '9')
		return CHECK_INVALID;
	if (!memcmp(d + 3, "55501", 5))
		return CHECK_DOCUMENTATION;
	/* Twilio's numbers for tests. */
	return !memcmp(d, "500555", 6) ? CHECK_TEST : CHECK_REAL;
}

static bool leading_zero_ok(unsigned code) {
	for (size_t i = 0; i < sizeof(leading_zero) / sizeof(leading_zero[0]); i++)
		if (leading_zero[i] == code)
			return true;
	return false;
}

static enum check_class e164_class(const char *digits, size_t len) {
	const struct country_code *c = country_find(digits);
	size_t code_len = !c ? 0 : c->code > 99 ? 3 : c->code > 9 ? 2 : 1;
	const char *national = digits + code_len;

	if (!c || len - code_len < c->min || len - code_len > c->max || len > 15 ||
	    (national[0] == '0' && !leading_zero_ok(c->code)) || digits_equal(national, len - code_len))
		return CHECK_INVALID;
	if (c->code == 1)
		return len == 11 ? nanp_class(national) : CHECK_INVALID;
	for (size_t i = 0; i < sizeof(fictional) / sizeof(fictional[0]); i++) {
		const struct fictional *f = &fictional[i];
		size_t n = len - f->follow;

		if (f->prefix[0] == digits[0] && f->prefix[1] == digits[1] && n < sizeof(f->prefix) && !f->prefix[n] &&
		    !memcmp(digits, f->prefix, n))
			return CHECK_DOCUMENTATION;
	}
	return CHECK_REAL;
}

static bool joins(char c) {
	return c == '-' || c == '.' || c == '/';
}

/* E.123 and common habits: single separators between digits, one pair of brackets at most, around digits. */
static bool written_like_phone(const char *s, size_t len) {
	int open = 0, opened = 0;

	for (size_t i = 0; i < len; i++) {
		if (digit_is(s[i]))
			continue;
		if (s[i] == '(' && (open++ || opened++))
			return false;
		if (s[i] == ')' && (open-- != 1 || i == 0 || !digit_is(s[i - 1])))
			return false;
		if (s[i] != ' ' && s[i] != '(' && s[i] != ')' && (!joins(s[i]) || (i && joins(s[i - 1]))))
			return false;
	}
	return open == 0 && len && (digit_is(s[len - 1]));
}

enum check_class check_phone(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;
	const char *trunk;
	size_t skip = len && s[0] == '+' ? 1 : 2;

	if (len < 7 || len > 32 || (skip == 2 && memcmp(s, "00", 2)) || !written_like_phone(s + skip, len - skip))
		return CHECK_INVALID;
	/* "+44 (0)20 ...": the bracketed trunk prefix is not dialled from abroad. */
	trunk = memchr(s, '(', len) ? memmem(s, len, "(0)", 3) : NULL;
	if (!bare_make(&b, s + skip, trunk ? (size_t)(trunk - s) - skip : len - skip, " -./()"))
		return CHECK_INVALID;
	if (trunk) {
		_cleanup_bare_ struct bare rest;

		if (!bare_make(&rest, trunk + 3, (size_t)(s + len - trunk - 3), " -./()") || b.len > 3)
			return CHECK_INVALID;
		memcpy(b.c + b.len, rest.c, rest.len + 1);
		b.len += rest.len;
	}
	return e164_class(b.c, b.len);
}

/* A number as dialled inside a country nobody names: only its shape can be judged, unless it is a North American one.
 */
enum check_class check_phone_national(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	if (len && s[0] == '+')
		return check_phone(s, len);
	if (len < 5 || len > 24 || !written_like_phone(s, len) || !bare_make(&b, s, len, " -./()") || b.len < 5 ||
	    b.len > 15 || digits_equal(b.c, b.len))
		return CHECK_INVALID;
	if (b.len == 10 && nanp_class(b.c) == CHECK_DOCUMENTATION)
		return CHECK_DOCUMENTATION;
	return CHECK_REAL;
}
