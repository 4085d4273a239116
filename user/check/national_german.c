/* SPDX-License-Identifier: MIT */
/* Austria, Germany, Liechtenstein, Switzerland. */
#include "check/calendar.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* Of the first ten digits exactly one occurs twice or three times. */
static bool de_taxpayer(const char *v) {
	int seen[10] = {0}, repeated = 0, most = 0;

	for (int i = 0; i < 10; i++)
		seen[v[i] - '0']++;
	for (int d = 0; d < 10; d++) {
		repeated += seen[d] > 1;
		most = seen[d] > most ? seen[d] : most;
	}
	return repeated == 1 && most <= 3 && iso7064_hybrid_ok(v, strlen(v), 10);
}

/* A letter counts as its two-digit place in the alphabet. */
static void put_letter(char *ret, char letter) {
	ret[0] = (char)('0' + (letter - 'A' + 1) / 10);
	ret[1] = (char)('0' + (letter - 'A' + 1) % 10);
}

/* Area, day of birth, letter of the name at birth, serial number, check digit. */
static bool de_insured(const char *v) {
	_cleanup_bare_ struct bare digits = {0};
	int day = two_digits(v + 2);

	memcpy(digits.c, v, 8);
	put_letter(digits.c + 8, v[8]);
	memcpy(digits.c + 10, v + 9, 2);
	/* The day is 50 later where the number of that day is taken. */
	return calendar_either_century(two_digits(v + 6), two_digits(v + 4), day > 50 ? day - 50 : day) &&
	       digits_cross_sum(digits.c, "212571212121") % 10 == (unsigned)(v[11] - '0');
}

static bool de_patient(const char *v) {
	_cleanup_bare_ struct bare digits = {0};

	put_letter(digits.c, v[0]);
	memcpy(digits.c + 2, v + 1, 8);
	return digits_cross_sum(digits.c, "1212121212") % 10 == (unsigned)(v[9] - '0');
}

/* Nine characters as printed; the check digit, and D for the country, follow in the machine-readable zone. */
static bool de_document(const char *v) {
	return strlen(v) == 9 || digits_sum(v, "731731731") % 10 == (unsigned)(v[9] - '0');
}

#define DE_SERIAL "[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}[CFGHJKLMNPRTVWXYZ0-9]"

NUMBER(de_idnr, .strip = " -./,", .form = "[1-9]#{10}", .also = de_taxpayer)
NUMBER(de_rvnr, .strip = " -", .form = "#{8}@#{3}", .also = de_insured)
NUMBER(de_kvnr, .strip = " ", .form = "@#{9}", .also = de_patient)
NUMBER(de_id_card, .strip = " ", .form = DE_SERIAL "|" DE_SERIAL "#D?|#{10}D?", .also = de_document)
NUMBER(de_passport, .strip = " ", .form = DE_SERIAL "|[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8}#D", .also = de_document)
/* The serial number of a passport or identity card as issued today, with a letter behind a digit. */
static bool de_mixed(const char *v) {
	size_t letters = strcspn(v, "0123456789");

	return strspn(v + letters, "0123456789") + letters < strlen(v);
}

NUMBER(de_serial, .strip = "", .form = DE_SERIAL, .also = de_mixed)
NUMBER(de_vat, .strip = " -./,", .prefix = "DE", .form = "[1-9]#{8}", .also = also_mod_11_10)
NUMBER(de_stnr, .strip = " -./,",
       .form = "#{10,11}|[59]###0#{8}|1[01]##0#{8}|2[1-46-8]##0#{8}|3[0-2]##0#{8}|4[01]##0#{8}")
/* A doctor's number for life, and that of the practice. */
NUMBER(de_lanr, .strip = " ", .form = "#{9}", .controls = {{.weights = "494949", .chars = D_IS_10_MINUS_R}})
NUMBER(de_bsnr, .strip = " ", .form = "#{9}", .also = also_not_zero)

/* The tax offices there are. */
static bool at_taxpayer(const char *v) {
	static const char offices[] =
	    "03 04 06 07 08 09 10 12 15 16 18 22 23 29 33 38 41 46 51 52 53 54 57 59 61 65 67 68 69 "
	    "71 72 81 82 83 84 90 91 93 97 98 ";
	return listed(v, 2, offices);
}

/* Day of birth behind the check digit; months 13 to 15 are for more insured than fit into a day. */
static bool at_insured(const char *v) {
	int day = two_digits(v + 4), month = two_digits(v + 6);

	return day >= 1 && day <= 31 && month >= 1 && month <= 15;
}

NUMBER(at_vnr, .strip = " -", .form = "[1-9]#{9}",
       .controls = {{.weights = "3790584216", .chars = D_IS_R_TEN_NONE, .at = 4}}, .also = at_insured)
NUMBER(at_tin, .strip = " -./,", .form = "#{9}",
       .controls = {{.weights = "12121212", .chars = D_IS_10_MINUS_R, .cross = true}}, .also = at_taxpayer)
NUMBER(at_uid, .strip = " -./", .prefix = "AT", .form = "U#{8}",
       .controls = {{.weights = "1212121", .chars = "6543210987", .from = 1, .cross = true}})
NUMBER(at_businessid, .strip = " -./", .prefix = "FN", .form = "#{1,6}@")

NUMBER(ch_ssn, .strip = " .-", .form = "756#{10}", .controls = {{.weights = "131313131313", .chars = D_IS_10_MINUS_R}})
NUMBER(ch_uid, .strip = " -.", .prefix = "CHE", .form = "#{9}",
       .controls = {{.weights = "54327654", .chars = D_IS_11_MINUS_R}})
NUMBER(ch_vat, .strip = " -.", .prefix = "CHE", .form = "#{9}MWST|#{9}TVA|#{9}IVA|#{9}TPV",
       .controls = {{.weights = "54327654", .chars = D_IS_11_MINUS_R}})
NUMBER(li_peid, .strip = " .", .form = "0{0,20}[1-9]#{3,11}")
