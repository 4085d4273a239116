/* SPDX-License-Identifier: MIT */
/* Number plates and driving licences: no check digits, but places that exist and letters that are used. */
#include "check/digits.h"
#include "check/list.h"
#include "check/number.h"

#include <string.h>

/* DVLA INF104: I, Q and Z do not stand in front, nor Q behind, nor I and Q at the end; the first age was 51. */
NUMBER(uk_vehicle_registration, .strip = " ",
       .form = "[A-HJ-PR-Y][A-PR-Z]0[2-9][A-HJ-PR-Z]{3}|[A-HJ-PR-Y][A-PR-Z][1-4]#[A-HJ-PR-Z]{3}|"
               "[A-HJ-PR-Y][A-PR-Z]5[1-9][A-HJ-PR-Z]{3}|[A-HJ-PR-Y][A-PR-Z][6-9]#[A-HJ-PR-Z]{3}")

/* States and union territories, with the codes that some had before. I and O are not in the series. */
static bool in_vehicle(const char *v) {
	size_t serial = strlen(v) - 4;

	return digit_is(v[0]) || (memcmp(v + 2, "00", 2) && memcmp(v + serial, "0000", 4) &&
	                          listed(v, 2,
	                                 "AN AP AR AS BR CG CH DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD "
	                                 "OR PB PY RJ SK TG TN TR TS UA UK UP WB "));
}

NUMBER(in_vehicle_registration, .strip = " -", .form = "@@##[A-HJ-NP-Z]{1,3}#{4}|##BH#{4}[A-HJ-NP-Z]{1,2}",
       .also = in_vehicle)

static bool ng_vehicle(const char *v) {
	return memcmp(v + 3, "000", 3);
}

/* Local government area, serial number, year and batch. */
NUMBER(ng_vehicle_registration, .strip = " -", .form = "@{3}#{3}@@", .also = ng_vehicle)

static bool tr_vehicle(const char *v) {
	int province = two_digits(v);

	return province >= 1 && province <= 81;
}

/* One letter and four or five digits, two and three or four, three and two or three; Q, W and X are not used. */
NUMBER(tr_license_plate, .strip = " ", .form = "##[A-PR-VYZ]#{4,5}|##[A-PR-VYZ]{2}#{3,4}|##[A-PR-VYZ]{3}#{2,3}",
       .also = tr_vehicle)

/* Two letters of the province until 2013, U1 since then, and a control letter of no published rule. */
NUMBER(it_driver_license, .strip = " ", .form = "@@#{7}@|U1[0-9BCDFGHJKLMNPRSTUVWXYZ]{7}@")

static bool kr_licence(const char *v) {
	int region = two_digits(v);

	return region >= 11 && region <= 28;
}

/* Region, year, serial number, check digits of no published rule. */
NUMBER(kr_driver_license, .strip = " -", .form = "#{12}", .also = kr_licence)
