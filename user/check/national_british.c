/* SPDX-License-Identifier: MIT */
/* Ireland, United Kingdom. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

NUMBER(gb_nhs, .strip = " -", .form = "#{10}", .controls = {{.weights = "A987654321", .modulus = 11}},
       .also = also_not_zero)

/* Prefixes that are never given out. */
static bool gb_insured(const char *v) {
	static const char never[] = "BG GB KN NK NT TN ZZ ";
	return !listed(v, 2, never);
}

NUMBER(gb_nino, .strip = " -", .form = "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]#{6}[A-D]", .also = gb_insured)
/* The first digit checks the others; a K may stand at either end. */
NUMBER(gb_utr, .strip = " ", .prefix = "K", .form = "#{10}K?",
       .controls = {{.weights = "6789A5432", .chars = "21987654321", .from = 1, .at = 1}})

static bool gb_office(const char *v, unsigned number) {
	return !memcmp(v, "GD", 2) ? number < 500 : number >= 500;
}

/* Government departments GD000-GD499, health authorities HA500-HA999; else modulo 97, or that less 55. */
static bool gb_taxable(const char *v) {
	size_t len = strlen(v);
	unsigned sum;

	if (len == 5)
		return gb_office(v, (unsigned)digits_number(v + 2, 3));
	if (len == 11) {
		unsigned office = (unsigned)digits_number(v + 6, 3);

		return gb_office(v, office) && office % 97 == (unsigned)two_digits(v + 9);
	}
	sum = digits_sum(v, "8765432A1") % 97;
	return sum == 0 || (v[0] != '0' && (sum == 42 || sum == 55));
}

NUMBER(gb_vat, .strip = " -.", .prefix = "GB|XI", .form = "#{9}|#{12}|GD###|HA###|GD8888#{5}|HA8888#{5}",
       .also = gb_taxable)

/* Surname, then the day of birth taken apart: decade, month (50 later for women), day, year. */
static bool gb_driver(const char *v) {
	int month = two_digits(v + 6) % 50, year = (v[5] - '0') * 10 + (v[10] - '0');

	/* The surname is filled up with nines, at its end only. */
	for (int i = 1; i < 5; i++)
		if (v[i - 1] == '9' && v[i] != '9')
			return false;
	return calendar_either_century(year, month, two_digits(v + 8));
}

NUMBER(gb_driving_licence, .strip = " ",
       .form = "[A-Z][A-Z9]{4}#[0156]####[A-Z9]{2}*[A-Z]{2}|[A-Z][A-Z9]{4}#[0156]####[A-Z9]{2}*[A-Z]{2}##",
       .also = gb_driver)
NUMBER(gb_passport, .strip = " ", .form = "#{9}", .also = also_not_zero)
NUMBER(gb_postcode, .strip = " ",
       .form = "[A-PR-UWYZ]##?#[ABD-HJLNP-UW-Z]{2}|[A-PR-UWYZ][A-HK-Y]##?#[ABD-HJLNP-UW-Z]{2}|"
               "[A-PR-UWYZ]#[A-HJKPSTUW]#[ABD-HJLNP-UW-Z]{2}|[A-PR-UWYZ][A-HK-Y]#[ABEHMNPRV-Y]#[ABD-HJLNP-UW-Z]{2}|"
               "GIR0AA")

/* Local authorities whose schools give out pupil numbers, as ranges. */
static bool gb_authority(unsigned number) {
	static const uint16_t ranges[][2] = {
	    {201, 213}, {301, 320}, {330, 336}, {340, 344}, {350, 359}, {370, 373}, {380, 384}, {390, 394}, {420, 420},
	    {800, 803}, {805, 808}, {810, 813}, {815, 816}, {821, 823}, {825, 826}, {830, 831}, {835, 837}, {840, 841},
	    {845, 846}, {850, 852}, {855, 857}, {860, 861}, {865, 874}, {876, 896}, {908, 909}, {916, 916}, {919, 919},
	    {921, 921}, {925, 926}, {928, 929}, {931, 931}, {933, 933}, {935, 938},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (number >= ranges[i][0] && number <= ranges[i][1])
			return true;
	return false;
}

static bool gb_pupil(const char *v) {
	static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ0123456789";
	unsigned sum = 0;

	for (unsigned i = 1; i < 13; i++)
		sum += (i + 1) * (unsigned)(strchr(letters, v[i]) - letters);
	return gb_authority((unsigned)digits_number(v + 1, 3)) && v[0] == letters[sum % 23];
}

NUMBER(gb_upn, .strip = " ", .form = "[A-HJ-NP-RT-Z]#{11}[A-HJ-NP-RT-Z0-9]", .also = gb_pupil)

static const char ie_letters[] = "WABCDEFGHIJKLMNOPQRSTUV";

/* Weights 8 to 2, and 9 for the second letter (A is 1; W, T and X, of old, count nothing). */
static bool ie_letter_ok(const char *digits, char letter, char second) {
	unsigned sum = digits_sum(digits, "8765432");

	sum += second >= 'A' && second <= 'I' ? 9 * (unsigned)(second - 'A' + 1) : 0;
	return letter == ie_letters[sum % 23];
}

static bool ie_person(const char *v) {
	return ie_letter_ok(v, v[7], strlen(v) == 9 ? v[8] : '\0');
}

static bool ie_taxable(const char *v) {
	_cleanup_bare_ struct bare digits = {.c = "0"};

	if (digit_is(v[1]))
		return ie_letter_ok(v, v[7], strlen(v) == 9 ? v[8] : '\0');
	/* Old form: the second character is no digit, and the first one is the last of the number. */
	memcpy(digits.c + 1, v + 2, 5);
	digits.c[6] = v[0];
	return ie_letter_ok(digits.c, v[7], '\0');
}

NUMBER(ie_pps, .strip = " -", .form = "#{7}[A-W][A-IWTX]?", .also = ie_person)
NUMBER(ie_vat, .strip = " -", .prefix = "IE", .form = "#[0-9A-Z+*]#{5}[A-W][A-W]?", .also = ie_taxable)
