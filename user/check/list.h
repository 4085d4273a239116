/* SPDX-License-Identifier: MIT */
/*
 * Every validator: its name and the standard or issuer that states the algorithm. One line here makes the prototype
 * `check_NAME` and the row of the table. Sorted by name as strcmp() sorts.
 */
#ifndef CHECK_LIST_H
#define CHECK_LIST_H

#include "check/check.h"

#define CHECK_LIST(X)                                                                                                  \
	X(aws_access_key, "AWS IAM User Guide, unique identifiers")                                                        \
	X(birth_date, "ISO 8601 and national orders of day, month, year; 1900 to today")                                   \
	X(credit_card, "ISO/IEC 7812-1; issuers' IIN ranges")                                                              \
	X(date, "ISO 8601 and national orders of day, month, year")                                                        \
	X(email, "RFC 5321 4.1.2 and 4.5.3.1; IANA root zone; RFC 2606")                                                   \
	X(iban, "ISO 13616-1; SWIFT IBAN registry")                                                                        \
	X(imei, "3GPP TS 23.003 6.2; GSMA TS.06")                                                                          \
	X(ip_address, "ipv4 or ipv6")                                                                                      \
	X(ipv4, "RFC 791; IANA special-purpose address registry")                                                          \
	X(ipv6, "RFC 4291; RFC 5952; IANA special-purpose address registry")                                               \
	X(jwt, "RFC 7515 3.1; RFC 7519")                                                                                   \
	X(luhn, "ISO/IEC 7812-1 annex B")                                                                                  \
	X(mac_address, "IEEE 802-2014 8.2")                                                                                \
	X(phone, "ITU-T E.164 and its list of country codes; national numbering plans")                                    \
	X(phone_national, "ITU-T E.164 7; E.123")                                                                          \
	X(us_ssn, "SSA POMS RM 10201.035")                                                                                 \
	X(uuid, "RFC 9562")

#define CHECK_PROTOTYPE(name, source) enum check_class check_##name(const char *s, size_t len);
CHECK_LIST(CHECK_PROTOTYPE)
#undef CHECK_PROTOTYPE

#endif
