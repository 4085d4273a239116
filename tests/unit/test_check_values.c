/* SPDX-License-Identifier: MIT */
/* What each validator says of values made for it: documented examples, values computed from the standard, mutations. */
#include "check/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *check, *value;
	enum check_class class;
};

#define JUDGES(rows) judges(rows, sizeof(rows) / sizeof((rows)[0]))

static void judges(const struct row *rows, size_t len) {
	int wrong = 0;

	for (size_t i = 0; i < len; i++) {
		const struct check *c = check_find(rows[i].check);
		enum check_class got;

		assert_non_null(c);
		got = c->fn(rows[i].value, strlen(rows[i].value));
		if (got != rows[i].class)
			wrong += fprintf(stderr, "%s, row %zu: %s, want %s\n", c->name, i, check_class_name(got),
			                 check_class_name(rows[i].class)) > 0;
	}
	assert_int_equal(wrong, 0);
}

static void cards_and_accounts_are_judged(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"luhn", "79927398713", CHECK_REAL},
	    {"luhn", "7992-7398-713", CHECK_REAL},
	    {"luhn", "79927398710", CHECK_INVALID},
	    {"luhn", "", CHECK_INVALID},
	    {"luhn", "0", CHECK_INVALID},
	    {"credit_card", "4111111111111111", CHECK_TEST},
	    {"credit_card", "4111 1111 1111 1111", CHECK_TEST},
	    {"credit_card", "4539148803436467", CHECK_REAL},
	    {"credit_card", "4539-1488-0343-6467", CHECK_REAL},
	    {"credit_card", "4539-1488 0343-6467", CHECK_INVALID},
	    {"credit_card", "45-39148803436467", CHECK_INVALID},
	    {"credit_card", "4539148803436468", CHECK_INVALID},
	    {"credit_card", "4539148803436467-", CHECK_INVALID},
	    {"credit_card", "3782 822463 10005", CHECK_TEST},
	    {"credit_card", "0000000000000000", CHECK_INVALID},
	    {"credit_card", "0220100000000002", CHECK_INVALID},
	    {"credit_card", "9539148803436462", CHECK_INVALID},
	    {"card_expiry", "08/27", CHECK_REAL},
	    {"card_expiry", "2027-08", CHECK_REAL},
	    {"card_expiry", "13/27", CHECK_INVALID},
	    {"card_expiry", "08/99", CHECK_INVALID},
	    {"card_track", "%B4539148803436467^VIRTANEN/MAIJA^27081010000000000000?", CHECK_REAL},
	    {"card_track", ";4539148803436467=27081010000000000000?", CHECK_REAL},
	    {"card_track", ";4539148803436468=27081010000000000000?", CHECK_INVALID},
	    {"card_track", ";4539148803436467=27131010000000000000?", CHECK_INVALID},
	    {"iban", "GB82 WEST 1234 5698 7654 32", CHECK_REAL},
	    {"iban", "GB82WEST12345698765432", CHECK_REAL},
	    {"iban", "gb82west12345698765432", CHECK_REAL},
	    {"iban", "GB82WEST12345698765433", CHECK_INVALID},
	    {"iban", "GB82WEST1234569876543", CHECK_INVALID},
	    {"iban", "XX82WEST12345698765432", CHECK_INVALID},
	    {"iban", "FI2112345600000785", CHECK_REAL},
	    {"iban", "FI21123456A0000785", CHECK_INVALID},
	};

	JUDGES(rows);
}

static void addresses_and_telephone_numbers_are_judged(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"email", "maija.virtanen@posti.fi", CHECK_REAL},
	    {"email", "o'brien+tag@mail.co.uk", CHECK_REAL},
	    {"email", "maija%40posti.fi", CHECK_REAL},
	    {"email", "maija\\u0040posti.fi", CHECK_REAL},
	    {"email", "maija=40posti.fi", CHECK_REAL},
	    {"email", "m\xc3\xa4kinen@posti.fi", CHECK_REAL},
	    {"email", "a@b.museum", CHECK_REAL},
	    {"email", "a@example.com", CHECK_DOCUMENTATION},
	    {"email", "a@mail.EXAMPLE.org", CHECK_DOCUMENTATION},
	    {"email", "a@shop.test", CHECK_DOCUMENTATION},
	    {"email", "root@localhost", CHECK_DOCUMENTATION},
	    {"email", "a@notexample.com", CHECK_REAL},
	    {"email", "unit@1.service", CHECK_INVALID},
	    {"email", "pkg@1.2.3", CHECK_INVALID},
	    {"email", "logo@2x.png", CHECK_INVALID},
	    {"email", "a@com", CHECK_INVALID},
	    {"email", "a@.com", CHECK_INVALID},
	    {"email", "a@b..com", CHECK_INVALID},
	    {"email", "a@-b.com", CHECK_INVALID},
	    {"email", ".a@b.com", CHECK_INVALID},
	    {"email", "a.@b.com", CHECK_INVALID},
	    {"email", "a..b@c.com", CHECK_INVALID},
	    {"email", "@b.com", CHECK_INVALID},
	    {"email", "a@b@c.com", CHECK_INVALID},
	    {"phone", "+358 40 123 4567", CHECK_REAL},
	    {"phone", "+358401234567", CHECK_REAL},
	    {"phone", "00358401234567", CHECK_REAL},
	    {"phone", "+44 (0)20 8743 8000", CHECK_REAL},
	    {"phone", "+44 20 7946 0123", CHECK_DOCUMENTATION},
	    {"phone", "+1 212-736-5000", CHECK_REAL},
	    {"phone", "+1 (212) 736-5000", CHECK_REAL},
	    {"phone", "+1 212-555-0123", CHECK_DOCUMENTATION},
	    {"phone", "+1 212-155-0123", CHECK_INVALID},
	    {"phone", "+12127365", CHECK_INVALID},
	    {"phone", "+0000000000", CHECK_INVALID},
	    {"phone", "+999123456789", CHECK_INVALID},
	    {"phone", "+358((40)1234567", CHECK_INVALID},
	    {"phone", "+35840--1234567", CHECK_INVALID},
	    {"phone", "358401234567", CHECK_INVALID},
	    {"phone_national", "040 123 4567", CHECK_REAL},
	    {"phone_national", "(212) 736-5000", CHECK_REAL},
	    {"phone_national", "(212) 555-0123", CHECK_DOCUMENTATION},
	    {"phone_national", "1111111", CHECK_INVALID},
	};

	JUDGES(rows);
}

static enum check_class judge_email(size_t local_len, size_t label_len) {
	char value[512] = "";

	memset(value, 'a', local_len);
	value[local_len] = '@';
	memset(value + local_len + 1, 'b', label_len);
	/* Three more labels of 57 make the length reach the limit of the whole. */
	for (int i = 0; i < 3; i++)
		strcat(value, ".ccccccccccccccccccccccccccccccccccccccccccccccccccccccccc");
	strcat(value, ".fi");
	return check_find("email")->fn(value, strlen(value));
}

static void mail_addresses_are_as_long_as_rfc_5321_allows(void **state) {
	(void)state;
	assert_int_equal(judge_email(64, 12), CHECK_REAL); /* 254 bytes */
	assert_int_equal(judge_email(64, 13), CHECK_INVALID);
	assert_int_equal(judge_email(65, 1), CHECK_INVALID);
	assert_int_equal(judge_email(13, 63), CHECK_REAL);
	assert_int_equal(judge_email(1, 64), CHECK_INVALID);
}

static void machines_and_devices_are_judged(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"ipv4", "8.8.8.8", CHECK_REAL},
	    {"ipv4", "10.1.2.3", CHECK_PRIVATE},
	    {"ipv4", "172.31.255.255", CHECK_PRIVATE},
	    {"ipv4", "172.32.0.0", CHECK_REAL},
	    {"ipv4", "127.0.0.1", CHECK_PRIVATE},
	    {"ipv4", "192.0.2.55", CHECK_DOCUMENTATION},
	    {"ipv4", "203.0.113.9", CHECK_DOCUMENTATION},
	    {"ipv4", "256.1.1.1", CHECK_INVALID},
	    {"ipv4", "1.2.3", CHECK_INVALID},
	    {"ipv4", "1.2.3.4.5", CHECK_INVALID},
	    {"ipv4", "1.2.3.4.", CHECK_INVALID},
	    {"ipv4", "01.2.3.4", CHECK_INVALID},
	    {"ipv6", "2a00:1450:400f:80d::200e", CHECK_REAL},
	    {"ipv6", "fe80::1%eth0", CHECK_PRIVATE},
	    {"ipv6", "::1", CHECK_PRIVATE},
	    {"ipv6", "fd12:3456:789a::1", CHECK_PRIVATE},
	    {"ipv6", "2001:db8::1", CHECK_DOCUMENTATION},
	    {"ipv6", "::ffff:192.0.2.1", CHECK_DOCUMENTATION},
	    {"ipv6", "::ffff:8.8.8.8", CHECK_REAL},
	    {"ipv6", "1:2:3", CHECK_INVALID},
	    {"ipv6", "2001:db8::1::2", CHECK_INVALID},
	    {"ip_address", "8.8.8.8", CHECK_REAL},
	    {"ip_address", "2a00:1450:400f:80d::200e", CHECK_REAL},
	    {"ip_address", "10:55:40", CHECK_INVALID},
	    {"mac_address", "3c:52:82:aa:bb:cc", CHECK_REAL},
	    {"mac_address", "3C-52-82-AA-BB-CC", CHECK_REAL},
	    {"mac_address", "3c52.82aa.bbcc", CHECK_REAL},
	    {"mac_address", "3c:52:82-aa:bb:cc", CHECK_INVALID},
	    {"mac_address", "3c:52:82:aa:bb", CHECK_INVALID},
	    {"mac_address", "ff:ff:ff:ff:ff:ff", CHECK_PRIVATE},
	    {"mac_address", "00:00:5e:00:53:01", CHECK_DOCUMENTATION},
	    {"mac_address", "01:00:0c:cc:cc:cc", CHECK_PRIVATE},
	    {"imei", "490154203237518", CHECK_REAL},
	    {"imei", "49-015420-323751-8", CHECK_REAL},
	    {"imei", "490154203237519", CHECK_INVALID},
	    {"uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", CHECK_REAL},
	    {"uuid", "00000000-0000-0000-0000-000000000000", CHECK_INVALID},
	    {"uuid", "f81d4fae-7dec-01d0-a765-00a0c91e6bf6", CHECK_INVALID},
	};

	JUDGES(rows);
}

static void crypto_addresses_are_judged_by_their_hashes(void **state) {
	(void)state;
	static const struct row rows[] = {
	    /* The genesis block's; BIP 173, BIP 350 and EIP-55 examples. */
	    {"crypto_btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", CHECK_REAL},
	    {"crypto_btc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", CHECK_INVALID},
	    {"crypto_btc", "A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", CHECK_INVALID},
	    {"crypto_btc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", CHECK_REAL},
	    {"crypto_btc", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", CHECK_REAL},
	    {"crypto_btc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", CHECK_INVALID},
	    {"crypto_btc", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", CHECK_INVALID},
	    {"crypto_btc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", CHECK_REAL},
	    {"crypto_ltc", "LQhpLLWbmf3TmVqyincBLj2Ur4K7wFMCkC", CHECK_REAL},
	    {"crypto_ltc", "MVjTBMZivfMkDrbgx2uY9W8kJvmbCsvPaQ", CHECK_REAL},
	    {"crypto_ltc", "ltc1q4jkgds8xp89fqmmr9v8zmtxvk2mh6g4sfrfew4", CHECK_REAL},
	    {"crypto_ltc", "bc1q4jkgds8xp89fqmmr9v8zmtxvk2mh6g4sfrfew4", CHECK_INVALID},
	    {"crypto_ltc", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", CHECK_INVALID},
	    {"crypto_doge", "DP6EQ8PQNQCGXHVjUH9tcdgmhbm5YBaMrW", CHECK_REAL},
	    {"crypto_dash", "XrhQNUNomF5z2TxzyW8ByogAuogT7JYNJB", CHECK_REAL},
	    {"crypto_trx", "TKfbpXZ8fiMsSg3HqSzyNT3VaiYFq8yKVA", CHECK_REAL},
	    {"crypto_xrp", "rpHewi627PkgnG2bQ5DLXzMDFX3YSEFKzp", CHECK_REAL},
	    {"crypto_xrp", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", CHECK_INVALID},
	    {"crypto_eth", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", CHECK_REAL},
	    {"crypto_eth", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", CHECK_INVALID},
	    {"crypto_eth", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", CHECK_REAL},
	    {"crypto_eth", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", CHECK_INVALID},
	    /* The Monero project's donation address. */
	    {"crypto_xmr",
	     "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A", CHECK_REAL},
	    {"crypto_xmr",
	     "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3B",
	     CHECK_INVALID},
	};

	JUDGES(rows);
}

static void coordinates_need_four_decimals_inside_the_globe(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"latitude", "60.16985", CHECK_REAL},          {"latitude", "-33.8568", CHECK_REAL},
	    {"latitude", "60.17", CHECK_INVALID},          {"latitude", "90.1698", CHECK_INVALID},
	    {"latitude", "0.0000", CHECK_INVALID},         {"latitude", "60.1698x", CHECK_INVALID},
	    {"longitude", "151.21530", CHECK_REAL},        {"longitude", "181.21530", CHECK_INVALID},
	    {"geo", "60.16985, 24.93837", CHECK_REAL},     {"geo", "(60.16985,24.93837)", CHECK_REAL},
	    {"geo", "24.93837, 190.16985", CHECK_INVALID}, {"geo", "60.16985", CHECK_INVALID},
	};

	JUDGES(rows);
}

static void numbers_that_stand_for_nobody_have_a_class(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"fi_hetu", "131052-308T", CHECK_DOCUMENTATION},
	    {"fi_hetu", "131052-308U", CHECK_INVALID},
	    {"fi_hetu", "010190-905V", CHECK_TEST},
	    {"phone", "+1 555-123-4567", CHECK_DOCUMENTATION},
	    {"phone", "+15005550006", CHECK_TEST},
	    {"phone", "+61 491 570 156", CHECK_DOCUMENTATION},
	    {"phone", "+46 70 174 06 05", CHECK_DOCUMENTATION},
	};

	JUDGES(rows);
}

static void credentials_are_judged_by_their_form(void **state) {
	(void)state;
	static const struct row rows[] = {
	    /* {"alg":"HS256","typ":"JWT"} */
	    {"jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", CHECK_REAL},
	    {"jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ4In0", CHECK_REAL},
	    /* {"not":"a token header"} */
	    {"jwt", "eyJub3QiOiJhIHRva2VuIGhlYWRlciJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", CHECK_INVALID},
	    {"jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", CHECK_INVALID},
	    {"jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJz dWIiOiJ4In0.c2ln", CHECK_INVALID},
	    {"github_token", "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", CHECK_REAL},
	    {"github_token", "ghp_dGlMoiyrlfxX1rTnyFf3vA7NUtFOY64WuYlA", CHECK_INVALID},
	    {"atlassian_token", "ATATT3V1RqZNnK9HuGG00QRLLbePQNPnc2krLIX8gc0h8djdzeNzyM7W2jp2rkm1v5=2E4195EC", CHECK_REAL},
	    {"atlassian_token", "ATATT3V1RqZNnK9HuGG00QRLLbePQNPnc2krLIX8gc0h8djdzeNzyM7W2jp2rkm1v5=2E4195EA",
	     CHECK_INVALID},
	    {"basic_auth", "bWFpamE6a2V2YXQtMTk4MA==", CHECK_REAL},
	    {"basic_auth", "bm8gY29sb24gaW4gaGVyZQ==", CHECK_INVALID},
	    {"stripe_key", "sk_live_0Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh", CHECK_REAL},
	    {"stripe_key", "rk_test_0Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh", CHECK_TEST},
	    {"stripe_key", "pk_live_0Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh", CHECK_INVALID},
	    {"aws_access_key", "AKIAIOSFODNN7EXAMPLE", CHECK_DOCUMENTATION},
	    {"aws_access_key", "AKIAQ3EGRT5ZKL2MNPX7", CHECK_REAL},
	    {"aws_access_key", "AKIAQ3EGRT5ZKL2MNPX1", CHECK_INVALID},
	    {"aws_access_key", "AKIBQ3EGRT5ZKL2MNPX7", CHECK_INVALID},
	    {"aws_access_key", "AKIAQ3EGRT5ZKL2MNPX", CHECK_INVALID},
	};

	JUDGES(rows);
}

static void only_days_that_exist_are_dates(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"date", "1980-02-29", CHECK_REAL},       {"date", "1981-02-29", CHECK_INVALID},
	    {"date", "29.2.1980", CHECK_REAL},        {"date", "02/29/1980", CHECK_REAL},
	    {"date", "31/12/1980", CHECK_REAL},       {"date", "13/13/1980", CHECK_INVALID},
	    {"date", "19800229", CHECK_REAL},         {"date", "1980-02-29T00:00:00Z", CHECK_REAL},
	    {"date", "12 March 1980", CHECK_REAL},    {"date", "Mar 12, 1980", CHECK_REAL},
	    {"date", "12 Foo 1980", CHECK_INVALID},   {"birth_date", "1899-12-31", CHECK_INVALID},
	    {"birth_date", "1900-01-01", CHECK_REAL}, {"birth_date", "2199-01-01", CHECK_INVALID},
	    {"birth_date", "01.05.77", CHECK_REAL},
	};

	JUDGES(rows);
}

static void numbers_are_judged_as_their_issuers_give_them_out(void **state) {
	(void)state;
	static const struct row rows[] = {
	    /* Made up: their check digits are wrong, and the list of such numbers holds others with the same hash. */
	    {"do_cedula", "30127445707", CHECK_REAL},
	    {"do_cedula", "30127445708", CHECK_INVALID},
	    {"do_rnc", "967169931", CHECK_REAL},
	    {"do_rnc", "967169932", CHECK_INVALID},
	    {"ec_ruc", "0991123456001", CHECK_INVALID}, /* a company, and its check digit fails */
	    {"ec_ruc", "0994123456001", CHECK_REAL},    /* a later one, which has none */
	    {"ec_ruc", "0994123456000", CHECK_INVALID},
	    {"by_unp", "\u0423\u041d\u041f 579778552", CHECK_REAL},
	    {"by_unp", "\u0423\u041d\u041f579778553", CHECK_INVALID},
	};

	JUDGES(rows);
}

static void social_security_numbers_never_issued_are_refused(void **state) {
	(void)state;
	static const struct row rows[] = {
	    {"us_ssn", "536-22-8734", CHECK_REAL},          {"us_ssn", "536228734", CHECK_REAL},
	    {"us_ssn", "536-228734", CHECK_REAL},           {"us_ssn", "53622-8734", CHECK_REAL},
	    {"us_ssn", "5362-28734", CHECK_INVALID},        {"us_ssn", "536-22-873", CHECK_INVALID},
	    {"us_ssn", "536-22 8734", CHECK_INVALID},       {"us_ssn", "5362-28-734", CHECK_INVALID},
	    {"us_ssn", "078-05-1120", CHECK_DOCUMENTATION}, {"us_ssn", "219-09-9999", CHECK_DOCUMENTATION},
	    {"us_ssn", "123-45-6789", CHECK_DOCUMENTATION}, {"us_ssn", "987-65-4321", CHECK_DOCUMENTATION},
	    {"us_ssn", "000-12-3456", CHECK_INVALID},       {"us_ssn", "666-12-3456", CHECK_INVALID},
	    {"us_ssn", "900-12-3456", CHECK_INVALID},       {"us_ssn", "536-00-8734", CHECK_INVALID},
	    {"us_ssn", "536-22-0000", CHECK_INVALID},
	};

	JUDGES(rows);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(crypto_addresses_are_judged_by_their_hashes),
	    cmocka_unit_test(coordinates_need_four_decimals_inside_the_globe),
	    cmocka_unit_test(numbers_that_stand_for_nobody_have_a_class),
	    cmocka_unit_test(cards_and_accounts_are_judged),
	    cmocka_unit_test(addresses_and_telephone_numbers_are_judged),
	    cmocka_unit_test(mail_addresses_are_as_long_as_rfc_5321_allows),
	    cmocka_unit_test(machines_and_devices_are_judged),
	    cmocka_unit_test(credentials_are_judged_by_their_form),
	    cmocka_unit_test(only_days_that_exist_are_dates),
	    cmocka_unit_test(numbers_are_judged_as_their_issuers_give_them_out),
	    cmocka_unit_test(social_security_numbers_never_issued_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
