/* SPDX-License-Identifier: MIT */
/* Albania, Bulgaria, Croatia, Greece, Cyprus, Moldova, Montenegro, North Macedonia, Romania, Serbia, Slovenia. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

NUMBER(al_nipt, .strip = " ()", .prefix = "AL", .form = "[A-M]#{8}@")

static bool bg_person(const char *v) {
	int year = 1900 + two_digits(v), month = two_digits(v + 2);

	year += month > 40 ? 100 : month > 20 ? -100 : 0;
	month -= month > 40 ? 40 : month > 20 ? 20 : 0;
	return calendar_ok(year, month, two_digits(v + 4));
}

static const struct control bg_egn_control = {.weights = "2485A9736", .chars = D_IS_R_TEN_ZERO};
static const struct control bg_pnf_control = {.weights = "LJHDB9731", .chars = D_IS_R};
static const struct control bg_other_control = {.weights = "432765432", .chars = D_IS_11_MINUS_R};

static bool bg_taxable(const char *v) {
	unsigned r;

	if (strlen(v) == 10)
		return (bg_person(v) && control_ok(&bg_egn_control, v)) || control_ok(&bg_pnf_control, v) ||
		       control_ok(&bg_other_control, v);
	r = digits_sum(v, "12345678") % 11;
	if (r == 10)
		r = digits_sum(v, "3456789A") % 11;
	return r % 10 == (unsigned)(v[8] - '0');
}

NUMBER(bg_egn, .strip = " -.", .form = "#{10}", .controls = {{.weights = "2485A9736", .chars = D_IS_R_TEN_ZERO}},
       .also = bg_person)
/* Foreigners' numbers; the weights are prime numbers up to 21. */
NUMBER(bg_pnf, .strip = " -.", .form = "#{10}", .controls = {{.weights = "LJHDB9731", .chars = D_IS_R}})
NUMBER(bg_vat, .strip = " -.", .prefix = "BG", .form = "#{9,10}", .also = bg_taxable)

NUMBER(hr_oib, .strip = " -", .prefix = "HR", .form = "#{11}", .also = also_mod_11_10)

static bool gr_person(const char *v) {
	return luhn_ok(v, strlen(v)) && calendar_either_century(two_digits(v + 4), two_digits(v + 2), two_digits(v));
}

NUMBER(gr_amka, .strip = " -", .form = "#{11}", .also = gr_person)
/* Weights are powers of two, 256 to 2. */
NUMBER(gr_vat, .strip = " -./:", .prefix = "EL|GR", .form = "#{8,9}", .pad = 9,
       .controls = {{.weights = "379A5842", .chars = D_IS_R_TEN_ZERO}})

static bool cy_taxable(const char *v) {
	static const int odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
	int sum = 0;

	for (int i = 0; i < 8; i++)
		sum += i % 2 ? v[i] - '0' : odd[v[i] - '0'];
	return memcmp(v, "12", 2) && v[8] == 'A' + sum % 26;
}

NUMBER(cy_vat, .strip = " -", .prefix = "CY", .form = "#{8}@", .also = cy_taxable)

NUMBER(md_idno, .strip = " ", .form = "#{13}", .controls = {{.weights = "731731731731", .chars = D_IS_R}})
NUMBER(me_pib, .strip = " ", .form = "#{8}", .controls = {{.weights = "8765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}})
NUMBER(mk_edb, .strip = " -", .prefix = "MK", .form = "#{13}",
       .controls = {{.weights = "765432765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}})

static bool ro_person(const char *v) {
	int century = strchr("34", v[0]) ? 1800 : strchr("56", v[0]) ? 2000 : 1900;

	return calendar_ok(century + two_digits(v + 1), two_digits(v + 3), two_digits(v + 5));
}

NUMBER(ro_cnp, .strip = " -", .form = "[1-9]#{12}", .controls = {{.weights = "279146358279", .chars = "01234567891"}},
       .also = ro_person)
NUMBER(ro_cui, .strip = " -", .prefix = "RO", .form = "[1-9]#{1,9}", .pad = 10,
       .controls = {{.weights = "753217532", .chars = D_IS_11_MINUS_R_TEN_ZERO}})

enum check_class check_ro_cf(const char *s, size_t len) {
	enum check_class company = check_ro_cui(s, len);

	if (company == CHECK_INVALID && len > 2 && !strncasecmp(s, "RO", 2))
		return check_ro_cnp(s + 2, len - 2);
	return company == CHECK_INVALID ? check_ro_cnp(s, len) : company;
}

NUMBER(rs_pib, .strip = " -.", .form = "#{9}", .also = also_mod_11_10)

/* ddmmyyy, three digits of the year; the register of all of Yugoslavia used it. */
static bool yu_person(const char *v) {
	int year = (int)digits_number(v + 4, 3);

	return calendar_ok(year + (year < 800 ? 2000 : 1000), two_digits(v + 2), two_digits(v));
}

NUMBER(si_emso, .strip = " -.", .form = "#{13}",
       .controls = {{.weights = "765432765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}}, .also = yu_person)
NUMBER(yu_jmbg, .strip = " -.", .form = "#{13}", .controls = {{.weights = "765432765432", .chars = D_IS_11_MINUS_R}},
       .also = yu_person)
NUMBER(si_ddv, .strip = " -", .prefix = "SI", .form = "[1-9]#{7}",
       .controls = {{.weights = "8765432", .chars = "!0987654321"}})
NUMBER(si_maticna, .strip = ". ", .form = "#{7}|#{7}*##", .controls = {{.weights = "765432", .chars = "!0987654321"}})
