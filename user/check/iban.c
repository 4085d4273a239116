/* SPDX-License-Identifier: MIT */
/* International bank account numbers. */
#include "check/digits.h"
#include "check/list.h"

#include <stdlib.h>
#include <string.h>

/*
 * Country and structure of its BBAN: lengths and classes, n digits, a upper-case letters, c both; `|` separates what is
 * in use side by side. SWIFT IBAN registry; after it the countries that use IBANs without being registered. Sorted by
 * country.
 */
static const struct iban_country {
	char code[3], bban[16];
} countries[] = {
    {"AD", "8n12c"},       {"AE", "19n"},      {"AL", "8n16c"},    {"AO", "21n"},      {"AT", "16n"},
    {"AX", "14n"},         {"AZ", "4a20c"},    {"BA", "16n"},      {"BE", "12n"},      {"BF", "2c22n"},
    {"BG", "4a6n8c"},      {"BH", "4a14c"},    {"BI", "23n|12n"},  {"BJ", "2c22n"},    {"BL", "10n11c2n"},
    {"BR", "23n1a1c"},     {"BY", "4c4n16c"},  {"CF", "23n"},      {"CG", "23n"},      {"CH", "5n12c"},
    {"CI", "2c22n"},       {"CM", "23n"},      {"CR", "18n"},      {"CV", "21n"},      {"CY", "8n16c"},
    {"CZ", "20n"},         {"DE", "18n"},      {"DJ", "23n"},      {"DK", "14n"},      {"DO", "4c20n"},
    {"DZ", "22n|20n"},     {"EE", "16n"},      {"EG", "25n"},      {"ES", "20n"},      {"FI", "14n"},
    {"FK", "2a12n"},       {"FO", "14n"},      {"FR", "10n11c2n"}, {"GA", "23n"},      {"GB", "4a14n"},
    {"GE", "2a16n"},       {"GF", "10n11c2n"}, {"GI", "4a15c"},    {"GL", "14n"},      {"GP", "10n11c2n"},
    {"GQ", "23n"},         {"GR", "7n16c"},    {"GT", "4c20c"},    {"GW", "2c19n"},    {"HN", "4a20n"},
    {"HR", "17n"},         {"HU", "24n"},      {"IE", "4a14n"},    {"IL", "19n"},      {"IQ", "4a15n"},
    {"IR", "22n"},         {"IS", "22n"},      {"IT", "1a10n12c"}, {"JO", "4a4n18c"},  {"KM", "23n"},
    {"KW", "4a22c"},       {"KZ", "3n13c"},    {"LB", "4n20c"},    {"LC", "4a24c"},    {"LI", "5n12c"},
    {"LT", "16n"},         {"LU", "3n13c"},    {"LV", "4a13c"},    {"LY", "21n"},      {"MA", "24n"},
    {"MC", "10n11c2n"},    {"MD", "20c"},      {"ME", "18n"},      {"MF", "10n11c2n"}, {"MG", "23n"},
    {"MK", "3n10c2n"},     {"ML", "2c22n"},    {"MN", "16n"},      {"MQ", "10n11c2n"}, {"MR", "23n"},
    {"MT", "4a5n18c"},     {"MU", "4a19n3a"},  {"MZ", "21n"},      {"NC", "10n11c2n"}, {"NE", "2a22n"},
    {"NI", "4a20n|4a24n"}, {"NL", "4a10n"},    {"NO", "11n"},      {"OM", "3n16c"},    {"PF", "10n11c2n"},
    {"PK", "4a16c"},       {"PL", "24n"},      {"PM", "10n11c2n"}, {"PS", "4a21c"},    {"PT", "21n"},
    {"QA", "4a21c"},       {"RE", "10n11c2n"}, {"RO", "4a16c"},    {"RS", "18n"},      {"RU", "14n15c"},
    {"SA", "2n18c"},       {"SC", "4a20n3a"},  {"SD", "14n"},      {"SE", "20n"},      {"SI", "15n"},
    {"SK", "20n"},         {"SM", "1a10n12c"}, {"SN", "2c22n"},    {"SO", "19n"},      {"ST", "21n"},
    {"SV", "4a20n"},       {"TD", "23n"},      {"TF", "10n11c2n"}, {"TG", "2a22n"},    {"TL", "19n"},
    {"TN", "20n"},         {"TR", "6n16c"},    {"UA", "6n19c"},    {"VA", "18n"},      {"VG", "4a16n"},
    {"WF", "10n11c2n"},    {"XK", "16n"},      {"YE", "4a4n18c"},  {"YT", "10n11c2n"},
};

static int compare_country(const void *key, const void *row) {
	return memcmp(key, ((const struct iban_country *)row)->code, 2);
}

static bool bban_ok(const char *bban, const char *structure) {
	const char *at = bban;

	while (*structure && *structure != '|') {
		char *class;
		size_t n = strtoul(structure, &class, 10);

		for (; n && ((digit_is(*at) && *class != 'a') || (letter_is(*at) && *class != 'n')); n--)
			at++;
		if (n)
			break;
		structure = class + 1;
	}
	if (!*at && (!*structure || *structure == '|'))
		return true;
	structure = strchr(structure, '|');
	return structure && bban_ok(bban, structure + 1);
}

static bool be_ok(const char *bban) {
	uint64_t r = digits_number(bban, 10) % 97;

	return (r ? r : 97) == (uint64_t)two_digits(bban + 10);
}

static bool es_ok(const char *bban) {
	return check_es_ccc(bban, 20) == CHECK_REAL;
}

static bool me_ok(const char *bban) {
	return mod97(bban, 18) == 1;
}

static bool no_ok(const char *bban) {
	return check_no_kontonr(bban, 11) == CHECK_REAL;
}

/* Countries whose account numbers carry check digits of their own, and are known to use them throughout. */
static bool national_ok(const char *iban) {
	static const struct {
		char code[3];
		bool (*ok)(const char *bban);
	} national[] = {{"BE", be_ok}, {"ES", es_ok}, {"ME", me_ok}, {"NO", no_ok}};

	for (size_t i = 0; i < sizeof(national) / sizeof(national[0]); i++)
		if (!memcmp(iban, national[i].code, 2))
			return national[i].ok(iban + 4);
	return true;
}

enum check_class check_iban(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;
	const struct iban_country *country;

	if (len < 15 || len > 44 || !bare_make(&b, s, len, " -.") || b.len < 15 || b.len > 34 || !digits_only(b.c + 2, 2))
		return CHECK_INVALID;
	country = bsearch(b.c, countries, sizeof(countries) / sizeof(countries[0]), sizeof(countries[0]), compare_country);
	if (!country || !bban_ok(b.c + 4, country->bban) || !national_ok(b.c))
		return CHECK_INVALID;
	/* The check digits count as if they stood at the end. */
	memcpy(b.c + b.len, b.c, 4);
	return mod97(b.c + 4, b.len) == 1 ? CHECK_REAL : CHECK_INVALID;
}
