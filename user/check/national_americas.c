/* SPDX-License-Identifier: MIT */
/* Central and South America. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* Two blocks, each with a check digit of its own; weights 9713 from the left of seven and three digits more. */
NUMBER(ar_cbu, .strip = " -", .form = "#{22}",
       .controls = {{.weights = "7139713", .chars = D_IS_10_MINUS_R},
                    {.weights = "3971397139713", .chars = D_IS_10_MINUS_R, .from = 8}})
NUMBER(ar_cuit, .strip = " -", .form = "2[0347]#{9}|3[034]#{9}|5[015]#{9}",
       .controls = {{.weights = "5432765432", .chars = "09987654321"}})
NUMBER(ar_dni, .strip = " .", .form = "#{7,8}")

static bool br_distinct(const char *v) {
	return !digits_equal(v, strlen(v));
}

/* Letters are allowed since 2026 and count their ASCII code less 48. */
static bool br_company(const char *v) {
	size_t len = strlen(v);
	int sums[2] = {0, 0};

	for (size_t i = 0; i < len - 1; i++) {
		int value = v[i] - '0';

		sums[0] += i < 12 ? value * (int)((11 - i) % 8 + 2) : 0;
		sums[1] += value * (int)((12 - i) % 8 + 2);
	}
	return br_distinct(v) && v[12] - '0' == (11 - sums[0] % 11) % 11 % 10 &&
	       v[13] - '0' == (11 - sums[1] % 11) % 11 % 10;
}

NUMBER(br_cpf, .strip = " -.", .form = "#{11}",
       .controls = {{.weights = "A98765432", .chars = D_IS_11_MINUS_R_TEN_ZERO},
                    {.weights = "BA98765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}},
       .also = br_distinct)
NUMBER(br_cnpj, .strip = " -./", .form = "*{12}##", .also = br_company)

/* Weights 2..7 from the right. */
NUMBER(cl_rut, .strip = " -.", .prefix = "CL", .form = "#{7,8}[0-9K]", .pad = 9,
       .controls = {{.weights = "32765432", .chars = "0K987654321"}})
/* Weights are prime numbers: 71 67 59 53 47 43 41 37 29 23 19 17 13 7 3. */
NUMBER(co_nit, .strip = " -.,", .form = "#{8,16}", .pad = 16,
       .controls = {{.weights = "51493A847186273", .chars = "01987654321"}})

NUMBER(cr_cpj, .strip = " -", .form = "2[1-4]00#{6}|300[2-9]#{6}|301[0-4]#{6}|310[1-9]#{6}|3110#{6}|4000#{6}|5001#{6}")
NUMBER(cr_cr, .strip = " -", .form = "1#{10,11}")

/* Province, volume, entry: 1-0613-0584 with each group filled up with zeros. */
enum check_class check_cr_cpf(const char *s, size_t len) {
	_cleanup_bare_ struct bare b;
	const char *first, *second;

	if (len > 20 || !bare_make(&b, s, len, " "))
		return CHECK_INVALID;
	first = strchr(b.c, '-');
	second = first ? strchr(first + 1, '-') : NULL;
	if (!second)
		return !first && form_ok("0?[0-9]#{8}", b.c) && (b.len == 9 || b.c[0] == '0') ? CHECK_REAL : CHECK_INVALID;
	return form_ok("0?#-#{1,4}-#{1,4}", b.c) ? CHECK_REAL : CHECK_INVALID;
}

static bool cu_person(const char *v) {
	int century = v[6] == '9' ? 1800 : v[6] <= '5' ? 1900 : 2000;

	return calendar_ok(century + two_digits(v), two_digits(v + 2), two_digits(v + 4));
}

NUMBER(cu_ni, .strip = " ", .form = "#{11}", .also = cu_person)

static bool ec_province(const char *v) {
	int province = two_digits(v);

	return (province >= 1 && province <= 24) || province == 30 || province == 50;
}

static bool ec_person(const char *v) {
	return ec_province(v) && v[2] <= '6' && luhn_ok(v, 10);
}

/* Since its numbers of companies have passed three million, the SRI gives them out without a check digit. */
static bool ec_company(const char *v) {
	return v[2] == '9' && (v[3] >= '3' || digits_sum(v, "4327654321") % 11 == 0);
}

static bool ec_taxable(const char *v) {
	bool public = v[2] == '6' && strcmp(v + 9, "0000") && digits_sum(v, "327654321") % 11 == 0;
	bool company = ec_company(v);
	bool natural = v[2] <= '6' && ec_person(v);

	return ec_province(v) && (public || (strcmp(v + 10, "000") && (company || natural)));
}

NUMBER(ec_ci, .strip = " -", .form = "#{10}", .also = ec_person)
NUMBER(ec_ruc, .strip = " -", .form = "#{13}", .also = ec_taxable)

/* Weights 2, 3, ... from the right. */
NUMBER(gt_nit, .strip = " -", .form = "#{1,11}[0-9K]", .pad = 12,
       .controls = {{.weights = "CBA98765432", .chars = "0K987654321"}}, .also = also_not_zero)

/* The place of & is that of the letter \u00d1. */
static const char mx_alphabet[] = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ";

/* Words that the first four letters must not make; the second letter is then an X. */
static bool mx_rude(const char *v) {
	static const char words[] =
	    "BACA BAKA BUEI BUEY CACA CACO CAGA CAGO CAKA CAKO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO GETA GUEI "
	    "GUEY JETA JOTO KACA KACO KAGA KAGO KAKA KAKO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO LOCA LOCO LOKA LOKO "
	    "MAME MAMO MEAR MEAS MEON MIAR MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE PIPI PITO POPO PUTA PUTO QULO "
	    "RATA ROBA ROBE ROBO RUIN SENO TETA VACA VAGA VAGO VAKA VUEI VUEY WUEI WUEY ";
	return listed(v, 4, words);
}

static bool mx_state(const char *v) {
	static const char states[] =
	    "AS BC BS CC CH CL CM CS DF DG GR GT HG JC MC MN MS NE NL NT OC PL QR QT SL SP SR TC TL TS "
	    "VZ YN ZS ";
	return listed(v, 2, states);
}

static bool mx_person(const char *v) {
	int century = digit_is(v[16]) ? 1900 : 2000, sum = 0;

	for (int i = 0; i < 17; i++)
		sum += (int)(strchr(mx_alphabet, v[i]) - mx_alphabet) * (18 - i);
	return !mx_rude(v) && calendar_ok(century + two_digits(v + 4), two_digits(v + 6), two_digits(v + 8)) &&
	       mx_state(v + 11) && v[17] - '0' == (10 - sum % 10) % 10;
}

NUMBER(mx_curp, .strip = " -_", .form = "@{4}#{6}[HM]@{5}*#", .also = mx_person)

/* Persons four letters, companies three; the last three characters are given by the tax office and may be absent. */
static bool mx_taxable(const char *v) {
	size_t letters = strlen(v) == 12 ? 3 : 4;

	return (letters == 3 || !mx_rude(v)) &&
	       calendar_ok(2000 + two_digits(v + letters), two_digits(v + letters + 2), two_digits(v + letters + 4));
}

NUMBER(mx_rfc, .strip = " -_", .form = "[A-Z&]{4}#{6}|[A-Z&]{4}#{6}*{3}|[A-Z&]{3}#{6}*{3}", .also = mx_taxable)

/* The identity card's character is a digit or a letter, chosen by one remainder. */
static bool pe_card(const char *v) {
	unsigned r = digits_sum(v, "32765432") % 11;

	return strlen(v) == 8 || v[8] == "65432110987"[r] || v[8] == "KJIHGFEDCBA"[r];
}

NUMBER(pe_cui, .strip = " -", .form = "#{8}*?", .also = pe_card)
NUMBER(pe_ruc, .strip = " ", .form = "1[057]#{9}|20#{9}",
       .controls = {{.weights = "5432765432", .chars = "10987654321"}})
/* Weights 2, 3, ... from the right. */
NUMBER(py_ruc, .strip = " -", .form = "#{5,9}", .pad = 9,
       .controls = {{.weights = "98765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}})

static bool sv_taxable(const char *v) {
	static const struct control old = {.weights = "EDCBA98765432", .chars = D_IS_R_TEN_ZERO};
	static const struct control later = {.weights = "2765432765432", .chars = D_IS_11_MINUS_R_TEN_ZERO};

	return control_ok(digits_number(v + 10, 3) <= 100 ? &old : &later, v);
}

NUMBER(sv_nit, .strip = " -", .prefix = "SV", .form = "[019]#{13}", .also = sv_taxable)

static bool uy_taxable(const char *v) {
	int office = two_digits(v);

	return office >= 1 && office <= 22 && strncmp(v + 2, "000000", 6);
}

NUMBER(uy_rut, .strip = " -", .prefix = "UY", .form = "#{8}001#",
       .controls = {{.weights = "43298765432", .chars = D_IS_11_MINUS_R}}, .also = uy_taxable)
/* Identity card: weights 2987634. */
NUMBER(uy_ci, .strip = " -.", .form = "#{7,8}", .pad = 8,
       .controls = {{.weights = "2987634", .chars = D_IS_10_MINUS_R}})

/* The letter counts 4 times its place in VEJPG. */
static bool ve_taxable(const char *v) {
	unsigned sum = 4 * (unsigned)(strchr("VEJPG", v[0]) - "VEJPG" + 1) + digits_sum(v + 1, "32765432");

	return v[9] == D_IS_11_MINUS_R_TEN_ZERO[sum % 11];
}

NUMBER(ve_rif, .strip = " -", .form = "[VEJPG]#{9}", .also = ve_taxable)
