/* SPDX-License-Identifier: MIT */
/* The engine with rules made by hand: what each kind of candidate becomes, and what stands in its way. */
#include "detect/detector.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rules own their strings, hence no const; those of a test are literals. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define STRINGS(...)                                                                                                   \
	{ (char *[]){__VA_ARGS__}, COUNT(((char *[]){__VA_ARGS__})) }

static struct rule rule_items[] = {
    {.id = "email",
     .entity = "EMAIL",
     .confidence = 0.9f,
     .anchor = "[\\w+.'-](?:@|%40|=40|\\\\u0040)[A-Za-z0-9]",
     .span = "email",
     .validator = "email"},
    {.id = "phone",
     .entity = "PHONE",
     .confidence = 0.8f,
     .anchor = "\\+[1-9][0-9]",
     .span = "phone_intl",
     .validator = "phone"},
    {.id = "card",
     .entity = "CREDIT_CARD",
     .confidence = 0.9f,
     .shapes = STRINGS("[2-6]\\d{15}", "[2-6]\\d{3}[ -]\\d{4}[ -]\\d{4}[ -]\\d{4}"),
     .validator = "credit_card",
     .context_keywords = STRINGS("card", "pan"),
     .exclude_near = STRINGS("trace"),
     .precedence = RULE_SPECIFIC},
    {.id = "iban",
     .entity = "IBAN",
     .confidence = 0.9f,
     .shapes = STRINGS("[A-Z]{2}\\d{2}[A-Z0-9]{11,30}",
                       "[A-Z]{2}\\d{2} [A-Z0-9]{4} [A-Z0-9]{4} [A-Z0-9]{3,4} ?[A-Z0-9]{0,4} ?[A-Z0-9]{0,4}"),
     .validator = "iban",
     .precedence = RULE_SPECIFIC},
    {.id = "ssn",
     .entity = "US_SSN",
     .confidence = 0.7f,
     .confidence_context = 0.95f,
     .shapes = STRINGS("\\d{3}-\\d{2}-\\d{4}"),
     .validator = "us_ssn",
     .context = RULE_CONTEXT_OPTIONAL,
     .context_keywords = STRINGS("ssn", "socialsecurity")},
    {.id = "member",
     .entity = "MEMBER",
     .confidence = 0.2f,
     .confidence_context = 0.9f,
     .shapes = STRINGS("\\d{9}", "[A-Z]{2} \\d{2} \\d{2}", "(?i)mbr\\d{6}"),
     .context = RULE_CONTEXT_REQUIRED,
     .context_window = 30,
     .context_keywords = STRINGS("member", "membershipnumber")},
    {.id = "patient",
     .entity = "PATIENT",
     .confidence = 0.2f,
     .confidence_context = 0.9f,
     .confidence_alone = 0.5f,
     .shapes = STRINGS("\\d{3} \\d{3} \\d{4}"),
     .validator = "gb_nhs",
     .context = RULE_CONTEXT_REQUIRED,
     .context_keywords = STRINGS("patient")},
    {.id = "password",
     .entity = "SECRET:password",
     .confidence = 0.8f,
     .keys = STRINGS("*password", "pass", "pass10"),
     .value_min = 4,
     .value_max = 64,
     .precedence = RULE_SPECIFIC},
    {.id = "name",
     .entity = "PERSON",
     .confidence = 0.7f,
     .keys = STRINGS("*fullname", "firstname", "customername"),
     .value = "[A-Z][A-Za-z' -]{1,39}"},
    {.id = "token", .entity = "SECRET:token", .confidence = 0.9f, .shapes = STRINGS("tok_[A-Za-z0-9]{20}")},
    {.id = "ip", .entity = "IP_ADDRESS", .confidence = 0.9f, .anchor = "x", .span = "ipv4", .validator = "ipv4"},
    {.id = "ip6", .entity = "IP_ADDRESS", .confidence = 0.9f, .anchor = "x", .span = "ipv6", .validator = "ipv6"},
    {.id = "mac", .entity = "MAC_ADDRESS", .confidence = 0.9f, .anchor = "x", .span = "mac"},
    {.id = "badge", .entity = "BADGE", .confidence = 0.9f, .shapes = STRINGS("[A-Z]{3}\\.[A-F]\\d{4}")},
    {.id = "weak", .entity = "WEAK", .confidence = 0.3f, .shapes = STRINGS("weak-\\d{4}")},
    {.id = "opt.in", .entity = "OPT", .confidence = 0.9f, .shapes = STRINGS("optin-\\d{4}"), .opt_in = true},
};
static const struct rules rules = {.items = rule_items, .len = COUNT(rule_items)};
static struct detect_set *set;

struct seen {
	char text[1024]; /* entity[value] of each match, in order */
	size_t len;
	struct detect_match last;
	const char *block;
	const struct detect_text *texts;
};

static void note(void *arg, const struct detect_match *m) {
	struct seen *s = arg;
	const char *value = s->block + s->texts[m->text].start + m->start;

	assert_true(m->end > m->start && m->end <= s->texts[m->text].len);
	s->last = *m;
	int n = snprintf(s->text + s->len, sizeof(s->text) - s->len, "%s%s[%.*s]", s->len ? " " : "", m->rule->entity,
	                 (int)(m->end - m->start), value);
	s->len += (size_t)n < sizeof(s->text) - s->len ? (size_t)n : 0;
}

/* What is found in one text; it is copied to its exact size, so that a sanitizer sees reads beyond it. */
static struct seen scan(const struct detect_set *with, const char *text) {
	struct detector *d;
	struct seen s = {0};
	size_t len = strlen(text);
	const struct detect_text whole = {0, len};
	char *copy = malloc(len + !len);

	assert_non_null(copy);
	memcpy(copy, text, len);
	s.block = copy;
	s.texts = &whole;
	assert_int_equal(detector_new(&d, with), 0);
	assert_int_equal(detector_scan(d, copy, len, &whole, 1, note, &s), 0);
	detector_free(d);
	free(copy);
	return s;
}

struct finds {
	const char *text, *found;
};

static void check_table_of(const struct finds *cases, size_t len) {
	for (size_t i = 0; i < len; i++) {
		struct seen s = scan(set, cases[i].text);

		if (strcmp(s.text, cases[i].found))
			print_error("in: %s\n", cases[i].text);
		assert_string_equal(s.text, cases[i].found);
	}
}

static void values_are_found_with_exact_spans(void **state) {
	static const struct finds cases[] = {
	    {"signup email=aino.virtanen@kuusikoti.fi ok", "EMAIL[aino.virtanen@kuusikoti.fi]"},
	    {"GET /r?m=aino%40kuusikoti.fi&x=1", "EMAIL[aino%40kuusikoti.fi]"},
	    {"{\"to\":\"aino\\u0040kuusikoti.fi\"}", "EMAIL[aino\\u0040kuusikoti.fi]"},
	    {"to=<aino=40kuusikoti.fi>", "EMAIL[aino=40kuusikoti.fi]"},
	    {"end of line\\naino@kuusikoti.fi", "EMAIL[aino@kuusikoti.fi]"},
	    {"sms to +358 40 5391333 failed", "PHONE[+358 40 5391333]"},
	    {"GET /s?phone=%2B358405391333&x=1", "PHONE[%2B358405391333]"},
	    {"GET /s?phone=%2b358+40+539+1333&x=1", "PHONE[%2b358+40+539+1333]"},
	    {"GET /s?phone=%2B1%20%28415%29%20867-2390 200", "PHONE[%2B1%20%28415%29%20867-2390]"},
	    {"sms to +358405391333 4539148803436467", "PHONE[+358405391333] CREDIT_CARD[4539148803436467]"},
	    {"call tel:+358%2040%20539%201333 200", "PHONE[+358%2040%20539%201333]"},
	    {"{\"phone\":\"\\u002B358405391333\"}", "PHONE[\\u002B358405391333]"},
	    {"charge 4539 1488 0343 6467 declined", "CREDIT_CARD[4539 1488 0343 6467]"},
	    {"charge 4539148803436467, declined", "CREDIT_CARD[4539148803436467]"},
	    {"x\\n4539148803436467\\n", "CREDIT_CARD[4539148803436467]"},
	    {"q=%224539148803436467%22", "CREDIT_CARD[4539148803436467]"},
	    {"\033[31m4539148803436467\033[0m", "CREDIT_CARD[4539148803436467]"},
	    {"to FI2112345600000785 now", "IBAN[FI2112345600000785]"},
	    {"to FI21 1234 5600 0007 85 on Monday", "IBAN[FI21 1234 5600 0007 85]"},
	    {"ssn 536-22-8145 seen", "US_SSN[536-22-8145]"},
	    {"door ABC.F6491 opened", "BADGE[ABC.F6491]"}, /* no shape begins with the group that holds its digits */
	    {"key tok_A1b2C3d4E5f6G7h8I9j0!", "SECRET:token[tok_A1b2C3d4E5f6G7h8I9j0]"},
	    {"from 81.175.22.9:514", "IP_ADDRESS[81.175.22.9]"},
	    {"ip=%20181.175.122.199%20", "IP_ADDRESS[181.175.122.199]"}, /* as long as it can be, behind an escape */
	    {"from 2a0b:f4c2:1:77::51 port", "IP_ADDRESS[2a0b:f4c2:1:77::51]"},
	    {"from 2a04:cfe6:fe1:cad4:d11c:438b:e574:6302 port", "IP_ADDRESS[2a04:cfe6:fe1:cad4:d11c:438b:e574:6302]"},
	    {"hwaddr 3c:07:54:9a:11:fe up", "MAC_ADDRESS[3c:07:54:9a:11:fe]"},
	    {"hwaddr AA-BB-CC-DD-EE-FE up", "MAC_ADDRESS[AA-BB-CC-DD-EE-FE]"},
	    {"a@b.fi 81.175.22.9 536-22-8145", "EMAIL[a@b.fi] IP_ADDRESS[81.175.22.9] US_SSN[536-22-8145]"},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
}

static void look_alikes_are_refused(void **state) {
	static const struct finds cases[] = {
	    {"", ""},
	    {"charge 4539148803436468 declined", ""},
	    {"x4539148803436467", ""},
	    {"9-4539-1488-0343-6467", ""},
	    {"4539148803436467.25", ""},
	    {"f47ac10b-58cc-4372-a567-536228145678", ""},
	    {"trace 4539148803436467", ""},
	    {"order=4539148803436467 ok", ""},
	    {"rpm 4539 1488 0343 6467 2211", ""},
	    {"+4539148803436467", ""},
	    {"clone git@github.com:org/repo.git", ""},
	    {"pkg@1.8.9 Obj@1a2b3c", ""},
	    {"at 10:55:40 and std::vector a::b", ""},
	    {"version 1.2.3.4.5 kernel 4.15.0.72-generic", ""},
	    {"3c:07:54:9a:11:fe:00:11", ""},
	    {"weak-1234 optin-1234", ""},
	    {"+0000 +12 +123", ""},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
}

/* With the bytes of the text as their spans, whatever they are decoded. */
static void values_in_another_writing_are_found(void **state) {
	(void)state;
	static const struct finds cases[] = {
	    {"card 4539\xc2\xa0"
	     "1488\xc2\xa0"
	     "0343\xc2\xa0"
	     "6467.",
	     "CREDIT_CARD[4539\xc2\xa0"
	     "1488\xc2\xa0"
	     "0343\xc2\xa0"
	     "6467]"},
	    {"card=4539%201488%200343%206467&x=1", "CREDIT_CARD[4539%201488%200343%206467]"},
	    {"card=4539%C2%A01488%C2%A00343%C2%A06467&x=1", "CREDIT_CARD[4539%C2%A01488%C2%A00343%C2%A06467]"},
	    {"{\"card\":\"4539\\u00a01488\\u00a00343\\u00a06467\"}", "CREDIT_CARD[4539\\u00a01488\\u00a00343\\u00a06467]"},
	    {"sms to \xe2\x80\xaa+358 40 539 1333\xe2\x80\xac failed", "PHONE[+358 40 539 1333]"},
	    {"sms to +358\xe2\x80\x91"
	     "40\xe2\x80\x91"
	     "5391333",
	     "PHONE[+358\xe2\x80\x91"
	     "40\xe2\x80\x91"
	     "5391333]"},
	    {"\xe9\x9b\xbb\xe8\xa9\xb1\xef\xbc\x8b\xef\xbc\x93\xef\xbc\x95\xef\xbc\x98\xef\xbc\x94\xef\xbc\x90\xef\xbc\x95"
	     "\xef"
	     "\xbc\x93\xef\xbc\x99\xef\xbc\x91\xef\xbc\x93\xef\xbc\x93\xef\xbc\x93",
	     "PHONE["
	     "\xef\xbc\x8b\xef\xbc\x93\xef\xbc\x95\xef\xbc\x98\xef\xbc\x94\xef\xbc\x90\xef\xbc\x95\xef\xbc\x93\xef\xbc\x99"
	     "\xef"
	     "\xbc\x91\xef\xbc\x93\xef\xbc\x93\xef\xbc\x93]"},
	    {"next=%2Flist%3Fto%3Daino%2540kuusikoti.fi HTTP/1.1", "EMAIL[aino%2540kuusikoti.fi]"},
	    {"to aino@kuusikoti.fi, card 4539%201488%200343%206467, cc pekka@kuusikoti.fi",
	     "EMAIL[aino@kuusikoti.fi] CREDIT_CARD[4539%201488%200343%206467] EMAIL[pekka@kuusikoti.fi]"},
	    {"card 4539%201488%200343%206468", ""},
	    {"from=2026-03-04%2010:11:12 n=12\xc2\xa0"
	     "345\xc2\xa0"
	     "678",
	     ""},
	    {"4539%", ""},
	    {"4539%2", ""},
	    {"4539\xc2", ""},
	    {"4539\xe2\x80", ""},
	    {"4539\\u00a", ""},
	};

	check_table_of(cases, COUNT(cases));
}

static void keys_are_read_in_every_dress(void **state) {
	static const struct finds cases[] = {
	    {"Date: x\\nfirstName: Aino", "PERSON[Aino]"}, /* the n is of an escape */
	    {"{\"firstName\":\"Aino Virtanen\"}", "PERSON[Aino Virtanen]"},
	    {"firstName=\"Aino; DROP\"", ""}, /* a quoted value is of the form as a whole */
	    {"password=hunter2x user=x", "SECRET:password[hunter2x]"},
	    {"db_password=hunter2x", "SECRET:password[hunter2x]"},
	    {"DB_PASSWORD: hunter2x", "SECRET:password[hunter2x]"},
	    {"{\"userPassword\": \"hun ter\\\"2x\"}", "SECRET:password[hun ter\\\"2x]"},
	    {"{'password': 'hunter2x', 'a': 1}", "SECRET:password[hunter2x]"},
	    {"{\"user\"=>{\"password\"=>\"hunter2x\"}}", "SECRET:password[hunter2x]"},
	    {"{\\\"password\\\":\\\"hunter2x\\\"}", "SECRET:password[hunter2x]"},
	    {"<password>hunter2x</password>", "SECRET:password[hunter2x]"},
	    {"<ns2:u><ns2:password>hunter2x</ns2:password></ns2:u>", "SECRET:password[hunter2x]"},
	    {"a:password>hunter2x", ""},
	    {"10:15:00 pass10: hunter2x", "SECRET:password[hunter2x]"}, /* no time of day */
	    {"User { password: Some(\"hunter2x\"), n: 1 }", "SECRET:password[hunter2x]"},
	    {"User(password=Some(hunter2x), n=1)", "SECRET:password[hunter2x]"},
	    {"user password: Optional(\"hunter2x\")", "SECRET:password[hunter2x]"},
	    {"[\"password\"]=> string(8) \"hunter2x\"", "SECRET:password[hunter2x]"},
	    {"password: Column(String(50))", ""},
	    {"password: String(50), firstName: some(", ""},
	    {"password: Some(", ""},
	    {"password: string(8) ", ""},
	    {"GET /?a=1&password=hunter2x&b=2", "SECRET:password[hunter2x]"},
	    {"next=%3Fpassword%3Dhunter2x%26b", "SECRET:password[hunter2x]"},
	    {"%22password%22%3A%22hunter2x%22", "SECRET:password[hunter2x]"},
	    {"user[password]=hunter2x", "SECRET:password[hunter2x]"},
	    {"--password=hunter2x", "SECRET:password[hunter2x]"},
	    {"Login{user=a, password=hunter2x}", "SECRET:password[hunter2x]"},
	    {"INSERT INTO t (id, password) VALUES (1, 'hunter2x')", "SECRET:password[hunter2x]"},
	    {"DETAIL:  Key (id, password)=(4, hunter2x) already exists.", "SECRET:password[hunter2x]"},
	    {"DETAIL:  Key (password)=(hunter2x) already exists.", "SECRET:password[hunter2x]"},
	    {"full_name=Aino Virtanen request_id=4", "PERSON[Aino Virtanen]"},
	    {"{\"fullName\":\"Aino Virtanen\"}", "PERSON[Aino Virtanen]"},
	    {"{\"customer\":{\"id\":4,\"name\":\"Aino Virtanen\"}}", "PERSON[Aino Virtanen]"},
	    {"Customer{id=4, name=Aino Virtanen, x=1}", "PERSON[Aino Virtanen]"},
	    {"first name: Aino", "PERSON[Aino]"},
	    {"GET /?fullName=Aino%20Virtanen&b=2", "PERSON[Aino%20Virtanen]"},
	    {"GET /?fullName=Aino+Virtanen&b=2", "PERSON[Aino+Virtanen]"},
	    {"GET /?fullName=%3Cscript%3E&b=2", ""},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
}

static void of_names_for_and_against_a_rule_the_nearer_counts(void **state) {
	static const struct finds cases[] = {
	    {"trace 77 of card 4539148803436467", "CREDIT_CARD[4539148803436467]"},
	    {"card trace 4539148803436467", ""},
	    {"card of trace id 4539148803436467", ""},
	    {"trace, trace 4 and pan 4539148803436467", "CREDIT_CARD[4539148803436467]"},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
}

static void a_value_that_is_the_whole_text_needs_no_context(void **state) {
	static const struct finds cases[] = {
	    {"928 466 7941", "PATIENT[928 466 7941]"},
	    {" \"928 466 7941\", ", "PATIENT[928 466 7941]"},
	    {"patient 928 466 7941 seen", "PATIENT[928 466 7941]"},
	    {"928 466 7942", ""},
	    {"928 466 7941 seen", ""},
	    {"928 466 7941 928 466 7941", ""},
	    {"id=928 466 7941", ""},
	    {"AB 12 34", ""},
	    {"                                                     928 466 7941", ""},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
	struct seen alone = scan(set, "928 466 7941"), beside = scan(set, "patient 928 466 7941");
	assert_float_equal(alone.last.confidence, 0.5f, 0.001f);
	assert_float_equal(beside.last.confidence, 0.9f, 0.001f);
	assert_int_equal(alone.last.key_start, alone.last.key_end);
}

static void stand_ins_for_values_are_no_values(void **state) {
	static const char *const values[] = {
	    "null",    "None",      "undefined", "true", "********",       "[REDACTED]", "\"[FILTERED]\"",    "<redacted>",
	    "${PW_X}", "{{pw_x}}",  "%s",        "\"\"", "getPass()",      "xxxxxxxx",   "password",          "(null)",
	    "abc",     "{\"a\":1}", "ab***yz",   "YES",  "Optional.empty", "Some(null)", "Optional(\"***\")",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		snprintf(text, sizeof(text), "password=%s next=1", values[i]);
		struct seen s = scan(set, text);
		if (s.len)
			print_error("in: %s\n", text);
		assert_int_equal(s.len, 0);
	}
	assert_string_equal(scan(set, "password: incorrect for user root").text, "");
	assert_string_equal(scan(set, "bypass=hunter2x").text, "");
}

static void context_makes_and_marks_a_match(void **state) {
	static const struct finds cases[] = {
	    {"member 536228145", "MEMBER[536228145]"},
	    {"memberId=4 x=536228145", ""},
	    {"{\"membership_number\":\"536228145\"}", "MEMBER[536228145]"},
	    {"memberNumber 536228145", "MEMBER[536228145]"},
	    {"remember 536228145", ""},
	    {"number 536228145", ""},
	    {"member, as we were told at length by them, 536228145", ""},
	    {"member AB 12 34", "MEMBER[AB 12 34]"},
	    {"member mbr536228", "MEMBER[mbr536228]"},
	    {"INSERT INTO t (id, member) VALUES (1, 536228145)", "MEMBER[536228145]"},
	    {"INSERT INTO t (member, id) VALUES (1, 536228145)", ""},
	};

	(void)state;
	check_table_of(cases, COUNT(cases));
	struct seen with = scan(set, "ssn: 536-22-8145"), without = scan(set, "x: 536-22-8145");
	assert_float_equal(with.last.confidence, 0.95f, 0.001f);
	assert_int_equal(with.last.key_start, 0);
	assert_int_equal(with.last.key_end, 3);
	assert_float_equal(without.last.confidence, 0.7f, 0.001f);
	assert_int_equal(without.last.key_start, without.last.key_end);
}

static void a_time_since_1970_needs_a_key_that_names_the_rule(void **state) {
	struct rule items[] = {{.id = "n",
	                        .index = 0,
	                        .entity = "N",
	                        .confidence = 0.9f,
	                        .shapes = STRINGS("\\d{10}", "\\d{13}"),
	                        .context_keywords = STRINGS("nr")}};
	const struct rules some = {.items = items, .len = 1};
	struct detect_set *own;
	struct diags diags = {0};

	(void)state;
	assert_int_equal(detect_set_new(&own, &some, &(struct detect_options){0}, &diags), 0);
	assert_string_equal(scan(own, "at 1763800000 and 1763800000123").text, "");
	assert_string_equal(scan(own, "nr=1763800000").text, "N[1763800000]");
	assert_string_equal(scan(own, "at 2763800000").text, "N[2763800000]");
	detect_set_free(own);
}

static void classes_and_overlaps_are_resolved(void **state) {
	struct seen s = scan(set, "mail alice@example.com");

	(void)state;
	assert_string_equal(s.text, "EMAIL[alice@example.com]");
	assert_int_equal(s.last.class, CHECK_DOCUMENTATION);
	assert_string_equal(scan(set, "password=aino@kuusikoti.fi").text, "SECRET:password[aino@kuusikoti.fi]");

	struct match m[] = {{.start = 0, .end = 9, .rule = 0, .class = CHECK_REAL, .confidence = 0.9f},
	                    {.start = 5, .end = 20, .rule = 2, .class = CHECK_REAL, .confidence = 0.5f},
	                    {.start = 18, .end = 30, .rule = 0, .class = CHECK_REAL, .confidence = 0.9f},
	                    {.start = 30, .end = 31, .rule = 0, .class = CHECK_TEST, .confidence = 0.9f},
	                    {.start = 30, .end = 31, .rule = 1, .class = CHECK_REAL, .confidence = 0.1f}};
	assert_int_equal(overlap_resolve(m, COUNT(m), &rules), 2);
	assert_int_equal(m[0].rule, 2);
	assert_int_equal(m[1].rule, 1);
}

static void only_and_except_choose_rules(void **state) {
	static const struct {
		const char *only, *except, *found;
	} cases[] = {
	    {"card", NULL, "CREDIT_CARD[4539148803436467]"},
	    {NULL, "card", "EMAIL[a@b.fi]"},
	    {"opt.in", NULL, "OPT[optin-1234]"},
	    {"opt", NULL, ""},
	    {"car", NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct detect_options o = {.only = &cases[i].only,
		                                 .only_len = cases[i].only != NULL,
		                                 .except = &cases[i].except,
		                                 .except_len = cases[i].except != NULL};
		struct detect_set *own;
		struct diags diags = {0};

		assert_int_equal(detect_set_new(&own, &rules, &o, &diags), 0);
		assert_string_equal(scan(own, "4539148803436467 a@b.fi optin-1234").text, cases[i].found);
		detect_set_free(own);
	}
}

static void the_lowest_confidence_reported_is_a_choice(void **state) {
	struct detect_set *own;
	struct diags diags = {0};

	(void)state;
	assert_int_equal(detect_set_new(&own, &rules, &(struct detect_options){.min_confidence = 0.25f}, &diags), 0);
	assert_string_equal(scan(own, "weak-1234").text, "WEAK[weak-1234]");
	detect_set_free(own);
}

static void mistakes_of_rules_are_all_named(void **state) {
	struct rule items[] = {
	    {.id = "a", .index = 0, .entity = "A", .anchor = "(", .span = "token", .file = "f.yaml", .line = 3},
	    {.id = "b", .index = 1, .entity = "B", .anchor = "@", .span = "nonesuch", .file = "f.yaml", .line = 9},
	    {.id = "c", .index = 2, .entity = "C", .shapes = STRINGS("\\d{9}"), .validator = "nonesuch", .line = 12},
	};
	struct rules some = {.items = items, .len = 3};
	struct detect_set *own = NULL;
	struct diags diags = {0};

	(void)state;
	assert_int_equal(detect_set_new(&own, &some, &(struct detect_options){0}, &diags), -EINVAL);
	assert_null(own);
	assert_int_equal(diags.len, 2);
	assert_int_equal(diags.items[0].line, 9);
	diags_release(&diags);
	some.len = 1;
	diags = (struct diags){0};
	assert_int_equal(detect_set_new(&own, &some, &(struct detect_options){0}, &diags), -EINVAL);
	assert_int_equal(diags.len, 1);
	assert_int_equal(diags.items[0].line, 3);
	diags_release(&diags);
}

static int set_up(void **state) {
	struct diags diags = {0};

	(void)state;
	for (size_t i = 0; i < rules.len; i++)
		rules.items[i].index = i;
	int err = detect_set_new(&set, &rules, &(struct detect_options){0}, &diags);
	diags_print(&diags, stderr);
	diags_release(&diags);
	return err;
}

static int tear_down(void **state) {
	(void)state;
	detect_set_free(set);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_found_with_exact_spans),
	    cmocka_unit_test(look_alikes_are_refused),
	    cmocka_unit_test(values_in_another_writing_are_found),
	    cmocka_unit_test(keys_are_read_in_every_dress),
	    cmocka_unit_test(of_names_for_and_against_a_rule_the_nearer_counts),
	    cmocka_unit_test(a_value_that_is_the_whole_text_needs_no_context),
	    cmocka_unit_test(stand_ins_for_values_are_no_values),
	    cmocka_unit_test(context_makes_and_marks_a_match),
	    cmocka_unit_test(a_time_since_1970_needs_a_key_that_names_the_rule),
	    cmocka_unit_test(classes_and_overlaps_are_resolved),
	    cmocka_unit_test(only_and_except_choose_rules),
	    cmocka_unit_test(the_lowest_confidence_reported_is_a_choice),
	    cmocka_unit_test(mistakes_of_rules_are_all_named),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
