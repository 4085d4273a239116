/* SPDX-License-Identifier: MIT */
/* Azerbaijan, Belarus, Russia, Turkey, Ukraine. */
#include "check/list.h"
#include "check/number.h"

#include <string.h>

NUMBER(az_voen, .strip = " ", .form = "#{8,9}[12]", .pad = 10,
       .controls = {{.weights = "41862753", .chars = D_IS_R_TEN_NONE}})

/* Persons' numbers begin with two letters; the first counts as in base 36, the second by its place in this list. */
static bool by_taxable(const char *v) {
	static const char letters[] = "ABCEHKMOPT";
	_cleanup_bare_ struct bare b = {0};

	memcpy(b.c, v, 10);
	if (letter_is(v[1]))
		b.c[1] = (char)('0' + (strchr(letters, v[1]) - letters));
	/* Weights 29 23 19 17 13 7 5 3. */
	return digits_sum(b.c, "71862753") % 11 == (unsigned)(v[8] - '0');
}

static const struct number by_number = {
    .strip = " ", .prefix = "UNP", .form = "[1-7]#{8}|[ABCEHKM][ABCEHKMOPT]#{7}", .also = by_taxable};

/* The label is written with the number, in Cyrillic too, where one of its letters looks like none of ours. */
enum check_class check_by_unp(const char *s, size_t len) {
	static const char label[] = "\xd0\xa3\xd0\x9d\xd0\x9f";
	size_t n = sizeof(label) - 1;

	return len > n && !memcmp(s, label, n) ? number_check(&by_number, s + n, len - n)
	                                       : number_check(&by_number, s, len);
}

static bool ru_taxable(const char *v) {
	static const struct control company = {.weights = "24A359468", .chars = D_IS_R_TEN_ZERO};
	static const struct control person[] = {{.weights = "724A359468", .chars = D_IS_R_TEN_ZERO},
	                                        {.weights = "3724A359468", .chars = D_IS_R_TEN_ZERO}};

	return strlen(v) == 10 ? control_ok(&company, v) : control_ok(&person[0], v) && control_ok(&person[1], v);
}

/* Companies 13 digits modulo 11, sole traders 15 modulo 13; the region is at the fourth digit. */
static bool ru_registered(const char *v) {
	size_t len = strlen(v);
	int region = two_digits(v + 3);
	uint64_t r = digits_number(v, len - 1) % (len - 2);

	if (region < 1 || (region > 79 && (region < 83 || !memchr("\x53\x56\x57\x59\x5b\x5c\x63", region, 7))))
		return false;
	return r % 10 == (uint64_t)(v[len - 1] - '0');
}

NUMBER(ru_inn, .strip = " ", .form = "#{10}|#{12}", .also = ru_taxable)
NUMBER(ru_ogrn, .strip = " ", .form = "[1-9]#{12}|[1-9]#{14}", .also = ru_registered)
/* Insurance number: two check digits, modulo 101. */
static bool ru_insured(const char *v) {
	unsigned r = digits_sum(v, "987654321") % 101;

	return r % 100 == (unsigned)digits_number(v + 9, 2) && also_not_zero(v);
}

NUMBER(ru_snils, .strip = " -", .form = "#{11}", .also = ru_insured)

static bool tr_person(const char *v) {
	unsigned odd = digits_sum(v, "101010101"), even = digits_sum(v, "010101010");
	unsigned check = (7 * odd - even + 90) % 10;

	return v[9] - '0' == (int)check && v[10] - '0' == (int)((odd + even + check) % 10);
}

static bool tr_taxable(const char *v) {
	unsigned sum = 0;

	for (unsigned i = 1; i <= 9; i++) {
		unsigned d = ((unsigned)(v[9 - i] - '0') + i) % 10, p = d * (1u << i) % 9;

		sum += d && !p ? 9 : p;
	}
	return v[9] - '0' == (int)((10 - sum % 10) % 10);
}

NUMBER(tr_tckimlik, .strip = " ", .form = "[1-9]#{10}", .also = tr_person)
NUMBER(tr_vkn, .strip = " ", .form = "#{10}", .also = tr_taxable)

static bool ua_company(const char *v) {
	bool early = strchr("345", v[0]);
	unsigned r = digits_sum(v, early ? "7123456" : "1234567") % 11;

	if (r == 10)
		r = digits_sum(v, early ? "9345678" : "3456789") % 11;
	return (unsigned)(v[7] - '0') == r % 10;
}

NUMBER(ua_edrpou, .strip = " ", .form = "#{8}", .also = ua_company)
/* The first weight is -1. */
NUMBER(ua_rntrc, .strip = " ", .form = "#{10}", .controls = {{.weights = "A57946A57", .chars = D_IS_R_TEN_ZERO}})
