/* SPDX-License-Identifier: MIT */
/* Payment cards. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <stdlib.h>
#include <string.h>

enum check_class check_luhn(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	return bare_make(&b, s, len, " -") && digits_only(b.c, b.len) && luhn_ok(b.c, b.len) ? CHECK_REAL : CHECK_INVALID;
}

#define LENGTH(n) (1u << (n))
#define LENGTHS(from, to) ((1u << ((to) + 1)) - (1u << (from)))

/* Issuer identification numbers, as ranges of the leading digits. A range inside a wider one adds lengths to it. */
static const struct iin {
	uint32_t from, to, lengths;
} iins[] = {
    {4, 4, LENGTH(13) | LENGTH(16) | LENGTH(19)}, /* Visa */
    {51, 55, LENGTH(16)},                         /* Mastercard */
    {2221, 2720, LENGTH(16)},                     /* Mastercard */
    {34, 34, LENGTH(15)},                         /* American Express */
    {37, 37, LENGTH(15)},                         /* American Express */
    {300, 305, LENGTHS(14, 19)},                  /* Diners Club */
    {3095, 3095, LENGTHS(14, 19)},                /* Diners Club */
    {36, 36, LENGTHS(14, 19)},                    /* Diners Club */
    {38, 39, LENGTHS(14, 19)},                    /* Diners Club */
    {1800, 1800, LENGTH(15)},                     /* JCB, of old */
    {2131, 2131, LENGTH(15)},                     /* JCB, of old */
    {3528, 3589, LENGTHS(16, 19)},                /* JCB, RuPay */
    {6011, 6011, LENGTHS(16, 19)},                /* Discover */
    {644, 649, LENGTHS(16, 19)},                  /* Discover */
    {65, 65, LENGTHS(16, 19)},                    /* Discover, RuPay, Elo */
    {62, 62, LENGTHS(16, 19)},                    /* UnionPay */
    {810, 817, LENGTHS(16, 19)},                  /* UnionPay, RuPay */
    {82, 82, LENGTH(16)},                         /* RuPay */
    {60, 60, LENGTH(16)},                         /* RuPay, Hipercard */
    {508, 508, LENGTH(16)},                       /* RuPay */
    {2200, 2204, LENGTHS(16, 19)},                /* Mir */
    {5019, 5019, LENGTH(16)},                     /* Dankort */
    {5018, 5018, LENGTHS(12, 19)},                /* Maestro */
    {5020, 5020, LENGTHS(12, 19)},                /* Maestro */
    {5038, 5038, LENGTHS(12, 19)},                /* Maestro */
    {5893, 5893, LENGTHS(12, 19)},                /* Maestro */
    {6304, 6304, LENGTHS(12, 19)},                /* Maestro */
    {6390, 6390, LENGTHS(12, 19)},                /* Maestro */
    {56, 58, LENGTHS(16, 19)},                    /* Maestro */
    {67, 67, LENGTHS(16, 19)},                    /* Maestro */
    {6759, 6763, LENGTHS(12, 15)},                /* Maestro */
    {9792, 9792, LENGTH(16)},                     /* Troy */
    {5067, 5067, LENGTH(16)},                     /* Elo */
    {5090, 5090, LENGTH(16)},                     /* Elo */
    {627780, 627780, LENGTH(16)},                 /* Elo */
    {636297, 636297, LENGTH(16)},                 /* Elo */
    {636368, 636368, LENGTH(16)},                 /* Elo */
    {384100, 384100, LENGTH(19)},                 /* Hipercard */
    {637095, 637095, LENGTH(16)},                 /* Hipercard */
    {637568, 637568, LENGTH(16)},                 /* Hipercard */
};

static bool issued(const char *digits, size_t len) {
	for (size_t i = 0; i < sizeof(iins) / sizeof(iins[0]); i++) {
		const struct iin *r = &iins[i];
		uint64_t prefix = 0;

		for (size_t at = 0; prefix * 10 <= r->to && at < len; at++)
			prefix = prefix * 10 + (uint64_t)(digits[at] - '0');
		if (prefix >= r->from && prefix <= r->to && (r->lengths & LENGTH(len)))
			return true;
	}
	return false;
}

static int compare_digits(const void *key, const void *row) {
	return strcmp(key, row);
}

/* Numbers that payment providers publish for tests (Stripe, Adyen, Braintree, PayPal, Worldpay, Square, JCB). */
static bool published_for_tests(const char *digits) {
	static const char numbers[][20] = {
	    "2222400010000008",    "2222400030000004",    "2222400050000009",    "2222400060000007",    "2222400070000005",
	    "2222405343248877",    "2222990905257051",    "2223000048400011",    "2223003122003222",    "2223007648726984",
	    "2223016768739313",    "2223520043560014",    "2223577120017656",    "3056930009020004",    "30569309025904",
	    "3530111333300000",    "3566002020360505",    "3569990010095841",    "36006666333344",      "36227206271667",
	    "36259600000004",      "36700102000000",      "370000000000002",     "370000000100018",     "370000200000000",
	    "371144371144376",     "371449635398431",     "374101000000608",     "378282246310005",     "378734493671000",
	    "38520000023237",      "4000000000000002",    "4000000000000069",    "4000000000000077",    "4000000000000101",
	    "4000000000000119",    "4000000000000127",    "4000000000000259",    "4000000000000341",    "4000000000001976",
	    "4000000000002685",    "4000000000003055",    "4000000000003063",    "4000000000003220",    "4000000000005423",
	    "4000000000006975",    "4000000000009235",    "4000000000009979",    "4000000000009987",    "4000000000009995",
	    "4000000760000002",    "4000001240000000",    "4000002500003155",    "4000002760003184",    "4000003720000278",
	    "4000004840000008",    "4000056655665556",    "4000058260000005",    "4000111111111115",    "4000120000001154",
	    "4000128449498204",    "4005519200000004",    "4007000000027",       "4009348888881881",    "4012000033330026",
	    "4012000033330620",    "4012000077777777",    "4012888888881881",    "4035501000000008",    "4111111111111111",
	    "4111111111111111110", "4111111145551142",    "4166676667666746",    "4217651111111119",    "4222222222222",
	    "4242424242424242",    "4263982640269299",    "4293189100000008",    "4360000001000005",    "4444333322221111",
	    "4462030000000000",    "4484070000000000",    "4500600000000061",    "4571000000000001",    "4607000000000009",
	    "4646464646464644",    "4911830000000",       "4917610000000000",    "4917610000000000003", "4988080000000000",
	    "4988438843884305",    "5000550000000029",    "5019717010103742",    "5066991111111118",    "5100060000000002",
	    "5100290029002909",    "5101180000000007",    "5105105105105100",    "5106040000000008",    "5136333333333335",
	    "5200828282828210",    "5204230080000017",    "5404000000000001",    "5424000000000015",    "5425233430109903",
	    "5454545454545454",    "5500000000000004",    "5500005555555559",    "5555341244441115",    "5555444433331111",
	    "5555555555554444",    "5577000055770004",    "5585558555855583",    "5610591081018250",    "6011000180331112",
	    "6011000400000000",    "6011000990139424",    "6011000991300009",    "6011111111111117",    "6011601160116611",
	    "6034883265619896",    "6062826786276634",    "6062828888666688",    "6200000000000005",    "6200000000000047",
	    "6205500000000000004", "6243030000000001",    "6304000000000000",    "630490017740292441",  "6362970000457013",
	    "6445644564456445",    "6703444444444449",    "6759411100000008",    "6759649826438453",    "6761301000993772",
	    "6771798021000008",    "6771830000000000006", "6799990100000000019",
	};

	return bsearch(digits, numbers, sizeof(numbers) / sizeof(numbers[0]), sizeof(numbers[0]), compare_digits);
}

/* Cards are printed 4-4-4-4(-3), 4-6-5 or 4-6-4; other groups make it another number. */
static bool grouped_like_card(const char *s, size_t len) {
	static const char *const groupings[] = {"4444", "44443", "465", "464"};
	char separator = s[4], groups[6] = "";
	size_t n = 0, run = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && digit_is(s[i])) {
			run++;
			continue;
		}
		if ((i < len && s[i] != separator) || run > 9 || n == sizeof(groups) - 1)
			return false;
		groups[n++] = (char)('0' + run);
		run = 0;
	}
	for (size_t i = 0; i < sizeof(groupings) / sizeof(groupings[0]); i++)
		if (!strcmp(groupings[i], groups))
			return true;
	return false;
}

enum check_class check_credit_card(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;

	if (len < 12 || len > 23 || !bare_make(&b, s, len, " -.") || b.len < 12 || b.len > 19 || b.c[0] == '0')
		return CHECK_INVALID;
	if (!digits_only(b.c, b.len) || !luhn_ok(b.c, b.len) || digits_equal(b.c, b.len) || !issued(b.c, b.len))
		return CHECK_INVALID;
	if (len != b.len && !grouped_like_card(s, len))
		return CHECK_INVALID;
	return published_for_tests(b.c) ? CHECK_TEST : CHECK_REAL;
}

/* Month and year, as printed: 08/27, 08/2027, 0827. A year 30 or more from now is none. */
enum check_class check_card_expiry(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;
	int month, year;

	if (len < 4 || len > 9 || !bare_make(&b, s, len, " ") ||
	    !form_ok("[01]#[/-]##|[01]#[/-]20##|[01]###|20##[/-][01]#", b.c))
		return CHECK_INVALID;
	month = two_digits(b.len == 7 && b.c[0] == '2' ? b.c + 5 : b.c);
	year = 2000 + two_digits(b.len == 7 && b.c[0] == '2' ? b.c + 2 : b.c + b.len - 2);
	return month >= 1 && month <= 12 && year < calendar_year() + 30 ? CHECK_REAL : CHECK_INVALID;
}

/* ISO/IEC 7813: track 1 "%B" PAN "^" name "^" expiry, or track 2 ";" PAN "=" expiry. */
enum check_class check_card_track(const char *s, size_t len) {
	bool first = len > 2 && s[0] == '%' && (s[1] == 'B' || s[1] == 'b');
	const char *pan = s + (first ? 2 : 1), *end, *expiry;

	if (len < 19 || len > 120 || (!first && s[0] != ';'))
		return CHECK_INVALID;
	end = memchr(pan, first ? '^' : '=', (size_t)(s + len - pan));
	expiry = end && first ? memchr(end + 1, '^', (size_t)(s + len - end - 1)) : end;
	if (!expiry || s + len - expiry < 5 || !digits_only(expiry + 1, 4) || two_digits(expiry + 3) < 1 ||
	    two_digits(expiry + 3) > 12)
		return CHECK_INVALID;
	return check_credit_card(pan, (size_t)(end - pan));
}
