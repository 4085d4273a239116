/* SPDX-License-Identifier: MIT */
/* Asia. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* GB 11643: province, day of birth, ISO 7064 MOD 11-2. */
static bool cn_person(const char *v) {
	static const char provinces[] =
	    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 "
	    "64 65 71 81 82 83 ";

	return listed(v, 2, provinces) &&
	       calendar_ok((int)digits_number(v + 6, 4), two_digits(v + 10), two_digits(v + 12)) &&
	       iso7064_pure(v, strlen(v), 11, 2) == 1;
}

/* GB 32100: powers of three modulo 31, over an alphabet without I, O, S, V, Z. */
static bool cn_unit(const char *v) {
	size_t len = strlen(v);
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	unsigned sum = 0, weight = 1;

	for (size_t i = 0; i < len - 1; i++) {
		sum += weight * (unsigned)(strchr(alphabet, v[i]) - alphabet);
		weight = weight * 3 % 31;
	}
	return v[17] == alphabet[(31 - sum % 31) % 31];
}

NUMBER(cn_ric, .strip = " ", .form = "#{17}[0-9X]", .also = cn_person)
NUMBER(cn_uscc, .strip = " -", .form = "#{8}[0-9A-HJ-NP-RTUWXY]{10}", .also = cn_unit)

/* One or two letters (a space counts 36), six digits, and a character that makes the sum vanish modulo 11. */
static bool hk_person(const char *v) {
	size_t len = strlen(v);
	unsigned sum = len == 8 ? 9 * 36 : 9 * (unsigned)digit_value(v[0]);
	const char *rest = v + (len - 8);
	unsigned check = rest[7] == 'A' ? 10 : (unsigned)(rest[7] - '0');

	return (sum + digits_sum(rest, "8765432") + check) % 11 == 0;
}

NUMBER(hk_hkid, .strip = " ()", .form = "@{1,2}#{6}[0-9A]", .also = hk_person)

static bool id_person(const char *v) {
	static const char provinces[] =
	    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 "
	    "76 81 82 91 92 93 94 95 96 97 ";

	return listed(v, 2, provinces) && two_digits(v + 2) &&
	       calendar_either_century(two_digits(v + 10), two_digits(v + 8), two_digits(v + 6) % 40);
}

/* Since 2024 a person's is the identity number, and others have a 0 in front of the fifteen digits. */
static bool id_taxpayer(const char *v) {
	if (strlen(v) == 15)
		return luhn_ok(v, 9);
	return v[0] == '0' ? luhn_ok(v, 10) : id_person(v);
}

NUMBER(id_nik, .strip = " -.", .form = "#{16}", .also = id_person)
NUMBER(id_npwp, .strip = " -.", .form = "#{15,16}", .also = id_taxpayer)

static bool il_person(const char *v) {
	return also_not_zero(v) && luhn_ok(v, strlen(v));
}

NUMBER(il_idnr, .strip = " -", .form = "#{5,9}", .pad = 9, .also = il_person)
NUMBER(il_hp, .strip = " -", .form = "5#{8}", .also = also_luhn)

static bool in_resident(const char *v) {
	size_t len = strlen(v);
	bool palindrome = true;

	for (size_t i = 0; i < len / 2; i++)
		palindrome &= v[i] == v[len - 1 - i];
	return !palindrome && verhoeff_ok(v, len);
}

#define IN_PAN "@{3}[ABCFGHJKLPT]@#{4}@"

static bool in_taxpayer(const char *v) {
	return memcmp(v + 5, "0000", 4);
}

static bool in_trader(const char *v) {
	int state = two_digits(v);

	return state >= 1 && state <= 38 && in_taxpayer(v + 2) && luhn_base_ok(v, strlen(v), 36);
}

static bool in_voter(const char *v) {
	return luhn_ok(v + 3, strlen(v) - 3);
}

NUMBER(in_aadhaar, .strip = " -:", .form = "[2-9]#{11}", .also = in_resident)
NUMBER(in_vid, .strip = " -", .form = "[2-9]#{15}", .also = in_resident)
NUMBER(in_pan, .strip = " -", .form = IN_PAN, .also = in_taxpayer)
NUMBER(in_gstin, .strip = " -", .form = "##" IN_PAN "[1-9A-Z]Z*", .also = in_trader)
NUMBER(in_epic, .strip = " -", .form = "@{3}#{7}", .also = in_voter)
NUMBER(in_passport, .strip = " ", .form = "[A-PR-WYZ][1-9]#{5}[1-9]")

/* Individuals: d = 11 - r, 10 and 11 become 0. Corporations: the first digit checks the others, modulo 9. */
NUMBER(jp_in, .strip = " -", .form = "#{12}",
       .controls = {{.weights = "65432765432", .chars = D_IS_11_MINUS_R_TEN_ZERO}})
NUMBER(jp_cn, .strip = " -", .form = "#{13}",
       .controls = {{.weights = "212121212121", .chars = "987654321", .from = 1, .at = 1}})

static int kr_year(const char *v) {
	return (strchr("1256", v[6]) ? 1900 : strchr("3478", v[6]) ? 2000 : 1800) + two_digits(v);
}

static bool kr_born(const char *v) {
	return calendar_ok(kr_year(v), two_digits(v + 2), two_digits(v + 4));
}

/* Whoever was born since October 2020 has a random number, without place and check digit. */
static bool kr_resident(const char *v) {
	unsigned r = digits_sum(v, "234567892345") % 11;
	bool random = kr_year(v) * 100 + two_digits(v + 2) >= 202010 && calendar_past(kr_year(v), two_digits(v + 2), 1);

	return kr_born(v) && (random || (two_digits(v + 7) <= 96 && (11 - r) % 10 == (unsigned)(v[12] - '0')));
}

/* Foreigners' check digits are 2 more. */
static bool kr_foreigner(const char *v) {
	unsigned r = digits_sum(v, "234567892345") % 11;

	return kr_born(v) && (13 - r) % 10 == (unsigned)(v[12] - '0');
}

/* Numbers given out since October 2020, to people of any age, have no check digit. */
static bool kr_recent(const char *v) {
	return kr_born(v) && calendar_past(kr_year(v), two_digits(v + 2), two_digits(v + 4));
}

static bool kr_company(const char *v) {
	return digits_number(v, 3) >= 101 && memcmp(v + 3, "00", 2) && memcmp(v + 5, "0000", 4);
}

NUMBER(kr_rrn, .strip = " -", .form = "#{13}", .also = kr_resident)
NUMBER(kr_frn, .strip = " -", .form = "#{6}[5-8]#{6}", .also = kr_foreigner)
NUMBER(kr_rrn_recent, .strip = " -", .form = "#{6}[1-4]#{6}", .also = kr_recent)
NUMBER(kr_frn_recent, .strip = " -", .form = "#{6}[5-8]#{6}", .also = kr_recent)
NUMBER(kr_brn, .strip = " -", .form = "#{10}", .also = kr_company)

/* Day of birth and place: states and territories, then countries. */
static bool my_resident(const char *v) {
	int place = two_digits(v + 6);

	return calendar_either_century(two_digits(v), two_digits(v + 2), two_digits(v + 4)) && place >= 1 &&
	       !listed(v + 6, 2, "17 18 19 20 69 70 73 80 81 94 95 96 97 ");
}

NUMBER(my_nric, .strip = " -*", .form = "#{12}", .also = my_resident)
/* Weights are known of the last five digits only. */
NUMBER(om_vat, .strip = " -", .form = "OM#{9}[0-9X]",
       .controls = {{.weights = "16379", .chars = "123456789X0", .from = 6}})
NUMBER(ph_tin, .strip = " -", .form = "#{9}|#{12}|#{14}",
       .controls = {{.weights = "98765432", .chars = D_IS_R_TEN_ZERO}})
NUMBER(pk_cnic, .strip = " -", .form = "[1-7]#{11}[1-9]")
NUMBER(ae_emirates_id, .strip = " -", .form = "784#{12}", .also = also_luhn)

/* S and T (from 2000) citizens, F and G foreigners, M since 2022; later series count 4 or 3 more. */
static bool sg_person(const char *v) {
	unsigned sum = digits_sum(v + 1, "2765432") + (strchr("TG", v[0]) ? 4 : v[0] == 'M' ? 3 : 0);
	const char *letters = strchr("ST", v[0]) ? "JZIHGFEDCBA" : v[0] == 'M' ? "XWUTRQPNJLK" : "XWUTRQPNMLK";

	return v[8] == letters[sum % 11];
}

NUMBER(sg_nric_fin, .strip = " ", .form = "[STFGM]#{7}@", .also = sg_person)

/* Businesses, local companies, and all others: a form and a check letter each. */
static bool sg_unit(const char *v) {
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
	static const char kinds[] =
	    "CC CD CH CL CM CP CS CX DP FB FC FM FN GA GB GS HS LL LP MB MC MD MH MM MQ NB NR PA PB PF "
	    "RF RP SM SS TC TU VH XL ";
	int sum = 0;

	if (strlen(v) == 9)
		return v[8] == "XMKECAWLJDB"[digits_sum(v, "A4938271") % 11];
	if (digit_is(v[0]))
		return (int)digits_number(v, 4) <= calendar_year() && v[9] == "ZKCMDNERGWH"[digits_sum(v, "A86497531") % 11];
	for (int i = 0; i < 9; i++)
		sum += (int)(strchr(alphabet, v[i]) - alphabet) * digit_value("4353A2257"[i]);
	return listed(v + 3, 2, kinds) && (v[0] != 'T' || 2000 + two_digits(v + 1) <= calendar_year()) &&
	       v[9] == alphabet[(sum + 6) % 11];
}

NUMBER(sg_uen, .strip = " ", .form = "#{8}@|#{9}@|[RST]##[A-X]{2}#{4}*", .also = sg_unit)

#define TH_CONTROL                                                                                                     \
	{ .weights = "DCBA98765432", .chars = "10987654321" }

NUMBER(th_pin, .strip = " -", .form = "[1-8]#{12}", .controls = {TH_CONTROL})
NUMBER(th_moa, .strip = " -", .form = "0#{12}", .controls = {TH_CONTROL})
NUMBER(th_tin, .strip = " -", .form = "[0-8]#{12}", .controls = {TH_CONTROL})

/* The letter of the county becomes two digits, in an order of its own. */
static bool tw_person(const char *v) {
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
	int county = (int)(strchr(letters, v[0]) - letters) + 10;
	int second = digit_is(v[1]) ? v[1] - '0' : (int)(strchr(letters, v[1]) - letters) % 10;

	return (county / 10 + county % 10 * 9 + second * 8 + (int)digits_sum(v + 2, "76543211")) % 10 == 0;
}

/* Where the seventh digit is 7 its product may count as 0 or 1. Modulo 5 since April 2023, as 10 had run out. */
static bool tw_unit(const char *v) {
	unsigned r = digits_cross_sum(v, "12121241") % 5;

	return r == 0 || (r == 4 && v[6] == '7');
}

NUMBER(tw_id, .strip = " -", .form = "@[1289A-D]#{8}", .also = tw_person)
NUMBER(tw_ubn, .strip = " -", .form = "#{8}", .also = tw_unit)

static bool vn_taxpayer(const char *v) {
	/* Weights 31 29 23 19 17 13 7 5 3 modulo 11; d = 10 - r. */
	static const struct control control = {.weights = "971862753", .chars = "!9876543210"};

	return memcmp(v + 2, "0000000", 7) && (strlen(v) == 10 || strcmp(v + 10, "000")) && control_ok(&control, v);
}

/* Province, sex and century, year of birth, serial number. */
static bool vn_citizen(const char *v) {
	int province = (int)digits_number(v, 3);

	return province >= 1 && province <= 96;
}

NUMBER(vn_mst, .strip = " -.", .form = "#{10}|#{13}", .also = vn_taxpayer)
NUMBER(vn_cccd, .strip = " ", .form = "0#{11}", .also = vn_citizen)

/* National code: weights 10 to 2. */
static bool ir_citizen(const char *v) {
	unsigned r = digits_sum(v, "A98765432") % 11;

	return !digits_equal(v, strlen(v)) && v[9] - '0' == (int)(r < 2 ? r : 11 - r);
}

NUMBER(ir_melli, .strip = " -", .form = "#{10}", .also = ir_citizen)

/* Year and day of the year of birth, women's day 500 later; nine digits and a letter until 2016. */
static bool lk_citizen(const char *v) {
	size_t len = strlen(v);
	uint64_t day = digits_number(v + (len == 12 ? 4 : 2), 3) % 500;

	return day >= 1 && day <= 366 && (len == 10 || !memcmp(v, "19", 2) || !memcmp(v, "20", 2));
}

NUMBER(lk_nic, .strip = " ", .form = "#{9}[VX]|#{12}", .also = lk_citizen)
