/* SPDX-License-Identifier: MIT */
/* Andorra, France, Italy, Malta, Monaco, Portugal, Spain. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

static bool ad_taxable(const char *v) {
	uint64_t serial = digits_number(v + 1, 6);

	if (v[0] == 'F')
		return serial <= 699999;
	return !strchr("AL", v[0]) || (serial > 699999 && serial < 800000);
}

NUMBER(ad_nrt, .strip = " -.", .prefix = "AD", .form = "[ACDEFGLOPU]#{6}@", .also = ad_taxable)

/* Corsica's 2A and 2B count as 19 and 18. */
static bool fr_person(const char *v) {
	uint64_t n = digits_number(v, 5) * 100;

	n += letter_is(v[6]) ? (v[6] == 'A' ? 19 : 18) : (uint64_t)two_digits(v + 5);
	n = n * 1000000 + digits_number(v + 7, 6);
	return 97 - n % 97 == (uint64_t)two_digits(v + 13);
}

static bool fr_taxpayer(const char *v) {
	return digits_number(v, 10) % 511 == digits_number(v + 10, 3);
}

/* La Poste's own establishments outgrew Luhn: there the digits add up to a multiple of five. */
static bool fr_establishment(const char *v) {
	if (!luhn_ok(v, 9))
		return false;
	if (!memcmp(v, "356000000", 9) && strcmp(v, "35600000000048"))
		return digits_sum(v, "11111111111111") % 5 == 0;
	return luhn_ok(v, strlen(v));
}

static bool fr_taxable(const char *v) {
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	uint64_t siren = digits_number(v + 2, 9), check;
	ptrdiff_t a = strchr(alphabet, v[0]) - alphabet, b = strchr(alphabet, v[1]) - alphabet;

	/* Monaco's begin with 000 and are no SIREN. */
	if (memcmp(v + 2, "000", 3) && !luhn_ok(v + 2, 9))
		return false;
	if (a < 10 && b < 10)
		return (uint64_t)two_digits(v) == (siren * 100 + 12) % 97;
	check = (uint64_t)(a < 10 ? a * 24 + b - 10 : a * 34 + b - 100);
	return (siren + 1 + check / 11) % 11 == check % 11;
}

static bool mc_taxable(const char *v) {
	return !memcmp(v + 2, "000", 3) && fr_taxable(v);
}

NUMBER(fr_nir, .strip = " .-", .form = "[1-9]#{14}|[1-9]#{4}2[AB]#{8}", .also = fr_person)
NUMBER(fr_nif, .strip = " ", .form = "[0-3]#{12}", .also = fr_taxpayer)
NUMBER(fr_siren, .strip = " .", .form = "#{9}", .also = also_luhn)
NUMBER(fr_siret, .strip = " .", .form = "#{14}", .also = fr_establishment)
NUMBER(fr_tva, .strip = " -.", .prefix = "FR", .form = "[0-9A-HJ-NP-Z]{2}#{9}", .also = fr_taxable)
NUMBER(mc_tva, .strip = " -.", .prefix = "FR", .form = "[0-9A-HJ-NP-Z]{2}#{9}", .also = mc_taxable)

/* "Omocodia": digits of namesakes are replaced by letters. */
static int it_digit(char c) {
	static const char letters[] = "LMNPQRSTUV";

	return digit_is(c) ? c - '0' : (int)(strchr(letters, c) - letters);
}

static int it_two_digits(const char *s) {
	return 10 * it_digit(s[0]) + it_digit(s[1]);
}

static bool it_person(const char *v) {
	/* What 0 or A, 1 or B, ... count at odd places, in base 36. */
	static const char odd[] = "10579DFHJL24IKB368CEGAMPON";
	static const char months[] = "ABCDEHLMPRST";
	int sum = 0, day = it_two_digits(v + 9) % 40, month = (int)(strchr(months, v[8]) - months) + 1;

	for (int i = 0; i < 15; i++) {
		int value = digit_is(v[i]) ? v[i] - '0' : v[i] - 'A';

		sum += i % 2 ? value : digit_value(odd[value]);
	}
	return v[15] == 'A' + sum % 26 && calendar_either_century(it_two_digits(v + 6), month, day);
}

static bool it_taxable(const char *v) {
	uint64_t office = digits_number(v + 7, 3);

	return strspn(v, "0") < 7 && luhn_ok(v, strlen(v)) &&
	       ((office >= 1 && office <= 100) || office == 120 || office == 121 || office == 888 || office == 999);
}

#define IT_DIGIT "[0-9LMNPQRSTUV]"

static const struct number it_company = {.strip = " -:", .prefix = "IT", .form = "#{11}", .also = it_taxable};
static const struct number it_natural = {
    .strip = " -:",
    .form = "@{6}" IT_DIGIT "{2}[ABCDEHLMPRST]" IT_DIGIT "{2}@" IT_DIGIT "{3}@",
    .also = it_person,
};

enum check_class check_it_iva(const char *s, size_t len) {
	return number_check(&it_company, s, len);
}

/* Companies have their VAT number for a fiscal code. */
enum check_class check_it_codicefiscale(const char *s, size_t len) {
	enum check_class class = number_check(&it_natural, s, len);

	return class == CHECK_INVALID && len && digit_is(s[0]) ? check_it_iva(s, len) : class;
}

/* Weights 3 4 6 7 8 9 10 1 modulo 37. */
NUMBER(mt_vat, .strip = " -", .prefix = "MT", .form = "[1-9]#{7}", .controls = {{.weights = "346789A1", .modulus = 37}})

/* Luhn over base-36 values; a product above 9 loses 9, once. */
static bool pt_card(const char *v) {
	size_t len = strlen(v);
	int sum = 0;

	for (size_t i = 0; i < len; i++) {
		int value = digit_value(v[len - 1 - i]) * (i % 2 ? 2 : 1);

		sum += i % 2 && value > 9 ? value - 9 : value;
	}
	return sum % 10 == 0;
}

NUMBER(pt_nif, .strip = " -.", .prefix = "PT", .form = "[1-9]#{8}",
       .controls = {{.weights = "98765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}})
NUMBER(pt_cc, .strip = " -", .form = "#{9}**#", .also = pt_card)

static const char es_letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";

/* v ends in the letter; its first character is replaced by the digit, if any. */
static bool es_letter_ok(const char *v, size_t len, char first) {
	uint64_t n = first ? (uint64_t)(first - '0') : 0;

	for (size_t i = 1; i < len - 1; i++)
		n = n * 10 + (uint64_t)(v[i] - '0');
	return v[len - 1] == es_letters[n % 23];
}

static bool es_citizen(const char *v) {
	return es_letter_ok(v, strlen(v), v[0]);
}

static bool es_foreigner(const char *v) {
	return es_letter_ok(v, strlen(v), (char)('0' + (v[0] - 'X')));
}

/* The control is a digit, or the letter of the same rank. */
static bool es_company(const char *v) {
	unsigned d = (10 - digits_cross_sum(v + 1, "2121212") % 10) % 10;

	return v[8] == (char)('0' + d) || v[8] == "JABCDEFGHI"[d];
}

static bool es_taxpayer(const char *v) {
	if (digit_is(v[0]))
		return es_citizen(v);
	if (strchr("KLM", v[0]))
		return es_letter_ok(v, strlen(v), '\0');
	return strchr("XYZ", v[0]) ? es_foreigner(v) : es_company(v);
}

/* Province and serial number; leading zeros of the serial number do not count. */
static bool es_insured(const char *v) {
	uint64_t serial = digits_number(v + 2, 8);
	uint64_t n = (uint64_t)two_digits(v) * (serial < 10000000 ? 10000000 : 100000000) + serial;

	return n % 97 == (uint64_t)two_digits(v + 10);
}

/* Bank and branch, then the account; weights are powers of two. */
static bool es_account(const char *v) {
	static const struct control bank = {.weights = "485A9736", .chars = "01987654321"};
	static const struct control account = {.weights = "12485A9736", .chars = "01987654321", .from = 10, .at = 10};

	return control_ok(&bank, v) && control_ok(&account, v);
}

static bool es_supply_point(const char *v) {
	uint64_t r = digits_number(v + 2, 16) % 529;

	return v[18] == es_letters[r / 23] && v[19] == es_letters[r % 23];
}

NUMBER(es_dni, .strip = " -.", .form = "#{8}@", .also = es_citizen)
NUMBER(es_nie, .strip = " -.", .form = "[XYZ]#{7}@", .also = es_foreigner)
NUMBER(es_cif, .strip = " -", .form = "[A-HJNPQRSUVW]#{7}*", .also = es_company)
NUMBER(es_nif, .strip = " -", .prefix = "ES", .form = "#{8}@|[A-HJ-NP-SU-Z]#{7}*", .also = es_taxpayer)
NUMBER(es_nuss, .strip = " -/", .form = "#{12}", .also = es_insured)
NUMBER(es_ccc, .strip = " -", .form = "#{20}", .also = es_account)
NUMBER(es_cups, .strip = " -", .form = "ES#{16}@@|ES#{16}@@#[FPRCXYZ]", .also = es_supply_point)
NUMBER(es_postal_code, .strip = " ", .form = "0[1-9]###|[1-4]####|5[0-2]###")

/* Two control letters, each over half of the plot and the property in it; letters count 1 to 27, with N-tilde. */
static char es_property_letter(const char *half, const char *property) {
	static const int weights[] = {13, 15, 12, 5, 4, 17, 9, 21, 3, 7, 1};
	int sum = 0;

	for (int i = 0; i < 11; i++) {
		char c = i < 7 ? half[i] : property[i - 7];

		sum += weights[i] * (digit_is(c) ? c - '0' : c - 'A' + 1 + (c > 'N'));
	}
	return "MQWERTYUIOPASDFGHJKLBZX"[sum % 23];
}

static bool es_property(const char *v) {
	return v[18] == es_property_letter(v, v + 14) && v[19] == es_property_letter(v + 7, v + 14);
}

NUMBER(es_referenciacatastral, .strip = " -", .form = "*{18}@@", .also = es_property)
