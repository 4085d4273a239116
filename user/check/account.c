/* SPDX-License-Identifier: MIT */
/* Bank accounts that are no IBAN, and the codes that stand beside them. */
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* ISO 3166-1, and XK. */
static const char countries[] = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN "
                                "BO BQ BR BS BT BV BW BY BZ CA CC CD "
                                "CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES "
                                "ET FI FJ FK FM FO FR GA GB GD GE GF "
                                "GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
                                "IS IT JE JM JO JP KE KG KH KI KM KN "
                                "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
                                "MP MQ MR MS MT MU MV MW MX MY MZ NA "
                                "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE "
                                "RO RS RU RW SA SB SC SD SE SG SH SI "
                                "SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
                                "TZ UA UG UM US UY UZ VA VC VE VG VI "
                                "VN VU WF WS XK YE YT ZA ZM ZW ";

static bool country_known(const char *two) {
	return listed(two, 2, countries);
}

static bool bic_country(const char *v) {
	return country_known(v + 4);
}

NUMBER(bic_swift, .strip = " -", .form = "@{6}**|@{6}*{5}", .also = bic_country)

static bool lei_ok(const char *v) {
	return mod97(v, strlen(v)) == 1;
}

NUMBER(lei, .strip = " -", .form = "*{18}##", .also = lei_ok)
/* Country, or the places where none issues; letters become two digits each, then Luhn. */
static bool isin_ok(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare digits = {0};
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		int value = digit_value(v[i]);

		if (value >= 10)
			digits.c[n++] = (char)('0' + value / 10);
		digits.c[n++] = (char)('0' + value % 10);
	}
	return luhn_ok(digits.c, n) && (country_known(v) || listed(v, 2, "AN CS EU QS QT XA XB XC XD XF XS "));
}

NUMBER(isin, .strip = " ", .form = "@@*{9}#", .also = isin_ok)

/* Structured creditor reference. */
static bool rf_ok(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare turned = {0};

	memcpy(turned.c, v + 4, len - 4);
	memcpy(turned.c + len - 4, v, 4);
	return mod97(turned.c, len) == 1;
}

NUMBER(iso11649, .strip = " -.,/:", .form = "RF##*{1,21}", .also = rf_ok)

/* Prefix and account: weights 6 3 7 9 10 5 8 4 2 1, each modulo 11; then the bank. */
enum check_class check_cz_bankaccount(const char *s, size_t len) {
	static const struct control control = {.weights = "6379A58421", .modulus = 11};
	_cleanup_bare_ struct bare b;
	const char *dash, *slash;
	_cleanup_bare_ struct bare prefix = {.c = "0000000000"}, root = {.c = "0000000000"};

	if (len > 24 || !bare_make(&b, s, len, " ") || !form_ok("#{2,10}/#{4}|#{0,6}-#{2,10}/#{4}", b.c))
		return CHECK_INVALID;
	dash = strchr(b.c, '-');
	slash = strchr(b.c, '/');
	if (dash)
		memcpy(prefix.c + 10 - (dash - b.c), b.c, (size_t)(dash - b.c));
	dash = dash ? dash + 1 : b.c;
	memcpy(root.c + 10 - (slash - dash), dash, (size_t)(slash - dash));
	return control_ok(&control, prefix.c) && control_ok(&control, root.c) ? CHECK_REAL : CHECK_INVALID;
}

/* How New Zealand's banks check: weights for bank, branch, account, suffix, and two moduli. */
static const struct nz_algorithm {
	const char *weights;
	unsigned each, sum;
} nz_algorithms[] = {
    ['A' - 'A'] = {"0063790A58421000", 11, 11}, ['B' - 'A'] = {"0000000A58421000", 11, 11},
    ['D' - 'A'] = {"0000007654321000", 11, 11}, ['E' - 'A'] = {"0000000005432001", 9, 11},
    ['F' - 'A'] = {"0000001731731000", 10, 10}, ['G' - 'A'] = {"0000001371371371", 9, 10},
    ['X' - 'A'] = {"0000000000000000", 1, 1},
};

static char nz_bank(int bank, const char *account) {
	static const char by_bank[] = "?AAAA?A?DEAAAAAAAAAAAAAAAFGAGGAX?F?A??A";
	char algorithm = bank < (int)sizeof(by_bank) - 1 ? by_bank[bank] : '?';

	return algorithm == 'A' && memcmp(account, "0990000", 7) >= 0 ? 'B' : algorithm;
}

static bool nz_account(const char *v) {
	size_t len = strlen(v);
	_cleanup_bare_ struct bare b = {.c = "0000000000000000"};
	char algorithm = nz_bank(two_digits(v), v + 6);
	const struct nz_algorithm *a;
	unsigned sum = 0;

	if (algorithm == '?')
		return false;
	a = &nz_algorithms[algorithm - 'A'];
	/* A suffix of two digits has a zero in front. */
	memcpy(b.c, v, 13);
	memcpy(b.c + 29 - len, v + 13, len - 13);
	for (int i = 0; i < 16; i++) {
		unsigned product = (unsigned)((b.c[i] - '0') * digit_value(a->weights[i]));

		sum += product > a->each ? product % a->each : product;
	}
	return sum % a->sum == 0;
}

NUMBER(nz_bankaccount, .strip = " -", .form = "#{14,16}", .also = nz_account)
