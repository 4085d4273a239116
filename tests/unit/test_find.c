/* SPDX-License-Identifier: MIT */
#include "find/copy.h"
#include "find/find.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) ((char *)(s))

static char *email_keywords[] = {TEXT("mail"), TEXT("email"), TEXT("contact")};
static char *password_keys[] = {TEXT("*password"), TEXT("*pass")};
static char *card_shapes[] = {TEXT("\\d{4}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}")};

static const struct rule email = {
    .id = TEXT("contact.email"),
    .anchor = TEXT("@"),
    .context_keywords = {email_keywords, 3},
    .mask = {.style = RULE_MASK_EMAIL},
};
static const struct rule card = {.id = TEXT("payment.card"), .shapes = {card_shapes, 1}, .mask = {.last = 4}};
static const struct rule password = {.id = TEXT("secret.password"), .keys = {password_keys, 2}};

struct fixture {
	struct find_key *key;
	struct findings *findings;
};

static int make_findings(void **state) {
	struct fixture *x = calloc(1, sizeof(*x));
	bool ephemeral;
	*state = x;
	return find_key_open(&x->key, NULL, &ephemeral) || findings_new(&x->findings, x->key);
}

static int free_findings(void **state) {
	struct fixture *x = *state;
	findings_free(x->findings);
	find_key_free(x->key);
	free(x);
	return 0;
}

static struct find_match match_of(const struct rule *rule, const char *value) {
	return (struct find_match){
	    .rule = rule,
	    .confidence = 0.8f,
	    .text = value,
	    .text_len = strlen(value),
	    .end = strlen(value),
	    .sink_kind = "file",
	    .sink_name = "/var/log/shop/app.log",
	    .pid = 4711,
	    .process_name = "shop",
	    .executable = "/usr/bin/shop",
	    .wall_ns = 1000,
	};
}

/* The text is "<key>=<value>". */
static struct find_match match_with_key(const struct rule *rule, const char *text) {
	struct find_match m = match_of(rule, text);
	m.key_end = (size_t)(strchr(text, '=') - text);
	m.start = m.key_end + 1;
	return m;
}

static struct finding *add(struct findings *f, struct find_match m, int want) {
	struct finding *finding = NULL;
	assert_int_equal(findings_add(f, &m, &finding), want);
	return finding;
}

static void a_first_match_makes_a_finding(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_of(&email, "john@example.org"), 1);
	assert_int_equal(findings_len(f), 1);
	assert_ptr_equal(findings_at(f, 0), x);
	assert_int_equal(x->index, 0);
	assert_ptr_equal(x->rule, &email);
	assert_int_equal(x->count, 1);
	assert_int_equal(x->distinct, 1);
	assert_string_equal(x->masked, "j***@e***.org");
	assert_int_equal(strlen(x->fingerprint), 32);
	assert_string_equal(x->sink_kind, "file");
	assert_string_equal(x->sink_name, "/var/log/shop/app.log");
	assert_string_equal(x->process_name, "shop");
	assert_string_equal(x->executable, "/usr/bin/shop");
	assert_int_equal(x->pid, 4711);
}

/* The value "a@b.fi" behind the first `from` bytes. */
static struct find_match address_in(const char *text, size_t from) {
	struct find_match m = match_of(&email, text);
	m.start = (size_t)(strstr(text + from, "a@b.fi") - text);
	m.end = m.start + strlen("a@b.fi");
	return m;
}

static void a_buffer_that_holds_another_record_is_read_anew(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	char text[] = "signup failed for a@b.fi, order with status error not sent to a@b.fi";
	struct find_match second = address_in(text, 24);
	const struct finding *signup = add(f, address_in(text, 0), 1), *order;
	second.same_record = true;
	order = add(f, second, 1);
	assert_string_not_equal(signup->template_id, order->template_id);
	second.same_record = false;
	assert_ptr_equal(add(f, second, 0), order); /* read on or anew, it is the same statement */
	memcpy(text, "error ", 6);
	second = address_in(text, 24);
	assert_ptr_not_equal(add(f, second, 1), order);
}

static void matches_of_one_statement_are_one_finding(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	const struct finding *x = add(f, m, 1);
	m.wall_ns = 3000;
	m.confidence = 0.9f;
	m.pid = 4712;
	assert_ptr_equal(add(f, m, 0), x);
	m.wall_ns = 2000;
	m.confidence = 0.5f;
	m.text = "jane@example.org";
	assert_ptr_equal(add(f, m, 0), x);
	assert_int_equal(x->count, 3);
	assert_int_equal(x->distinct, 2);
	assert_int_equal(x->first_seen_ns, 1000);
	assert_int_equal(x->last_seen_ns, 3000);
	assert_float_equal(x->confidence, 0.9f, 0);
	assert_int_equal(x->pid, 4711);
	assert_string_equal(x->masked, "j***@e***.org");
	assert_int_equal(findings_matches(f), 3);
	assert_int_equal(findings_distinct(f), 2);
}

static void rule_program_sink_and_template_tell_findings_apart(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct find_match base = match_with_key(&email, "email=john@example.org");
	struct find_match m = base;
	add(f, base, 1);
	m.rule = &card;
	add(f, m, 1);
	m = base;
	m.executable = "/usr/bin/till";
	add(f, m, 1);
	m = base;
	m.sink_name = "stdout";
	add(f, m, 1);
	add(f, match_with_key(&email, "contact=john@example.org"), 1);
	add(f, match_with_key(&email, "name=john@example.org"), 1);
	assert_int_equal(findings_len(f), 6);
	assert_int_equal(findings_distinct(f), 2);
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(findings_at(f, i)->id, findings_at(f, j)->id);
}

static void pid_directory_and_kind_do_not_tell_findings_apart(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	add(f, m, 1);
	m.pid = 1;
	m.executable = "/opt/shop/bin/shop";
	m.process_name = "worker";
	m.sink_kind = "pipe";
	add(f, m, 0);
}

static void without_an_executable_the_process_name_counts(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	const struct finding *known = add(f, m, 1);
	m.executable = "";
	assert_ptr_equal(add(f, m, 0), known);
	m.process_name = "till";
	assert_ptr_not_equal(add(f, m, 1), known);
}

/* Only words of the rule count, so that a key that is free text neither leaks nor makes findings without end. */
static void a_key_of_free_text_makes_no_findings_without_end(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_with_key(&email, "john_smith_17_EMail=john@example.org"), 1);
	assert_ptr_equal(add(f, match_with_key(&email, "jane_doe_18_e_mail=john@example.org"), 0), x);
	for (int i = 0; i < 100; i++) {
		char text[64];
		snprintf(text, sizeof(text), "person %d=john@example.org", i);
		add(f, match_with_key(&email, text), i == 0);
	}
	const struct finding *y = add(f, match_with_key(&password, "db_password=a"), 1);
	assert_ptr_equal(add(f, match_with_key(&password, "Smith_Password=b"), 0), y);
	assert_int_equal(findings_len(f), 3);
}

/* The value is what stands in '<' and '>'. */
static struct find_match match_in(const struct rule *rule, const char *text) {
	struct find_match m = match_of(rule, text);
	m.start = (size_t)(strchr(text, '<') - text) + 1;
	m.end = (size_t)(strchr(text, '>') - text);
	return m;
}

static void a_statement_is_one_finding_whatever_names_stand_in_it(void **state) {
	static const char *const names[] = {"Maija", "Pekka Juhani", "Li", "Ana Maria de Souza", "O'Neill", "Bj\303\266rk"};
	struct findings *f = ((struct fixture *)*state)->findings;
	struct finding *x = NULL, *y = NULL;
	for (int i = 0; i < 600; i++) {
		char text[200];
		snprintf(text, sizeof(text), "2026-11-22 10:00:%02d ERROR signup failed for %s <a%d@example.org> after %d ms",
		         i % 60, names[i % 6], i, i * 7);
		x = add(f, match_in(&email, text), i == 0);
		snprintf(text, sizeof(text), "2026-11-22 10:00:%02d WARN no answer from %s <a%d@example.org>", i % 60,
		         names[i % 6], i);
		y = add(f, match_in(&email, text), i == 0);
		assert_int_equal(*x->statement != 0, i >= FIND_STATEMENT_RECORDS - 1);
	}
	assert_int_equal(findings_len(f), 2);
	assert_int_equal(x->count, 600);
	assert_string_equal(x->statement, "<*> error signup failed for <*> <value> after <num> ms");
	assert_string_equal(y->statement, "<*> warn no answer from <*> <value>");
}

/* However often: what recurs in one and the same record may be anything. */
static void words_of_too_few_different_records_are_not_told(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = NULL;
	for (int i = 0; i < 1000; i++) {
		char text[64];
		snprintf(text, sizeof(text), "signup %d failed for <a@example.org>", i % (FIND_STATEMENT_RECORDS - 1));
		x = add(f, match_in(&email, text), i == 0);
	}
	assert_string_equal(x->statement, "");
	add(f, match_in(&email, "signup 77 failed for <a@example.org>"), 0);
	assert_string_equal(x->statement, "signup <num> failed for <value>");
}

static void free_text_in_our_own_words_makes_a_bounded_number_of_findings(void **state) {
	static const char *const words[] = {"order",   "payment", "failed",  "server",
	                                    "account", "session", "request", "delivery"};
	struct findings *f = ((struct fixture *)*state)->findings;
	uint64_t sum = 0;
	for (size_t i = 0; i < 512; i++) {
		char text[128];
		snprintf(text, sizeof(text), "%s %s %s from <a@example.org>", words[i % 8], words[i / 8 % 8], words[i / 64]);
		const struct find_match m = match_in(&email, text);
		assert_true(findings_add(f, &m, NULL) >= 0);
	}
	assert_int_equal(findings_len(f), FIND_TEMPLATES_MAX + 1);
	for (size_t i = 0; i < findings_len(f); i++)
		sum += findings_at(f, i)->count;
	assert_int_equal(sum, 512);
}

static void a_million_matches_of_two_statements_are_two_findings(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	for (int i = 0; i < 500000; i++) {
		char text[96];
		snprintf(text, sizeof(text), "login of <u%d@example.org> accepted", i);
		add(f, match_in(&email, text), i == 0);
		snprintf(text, sizeof(text), "login of <u%d@example.org> rejected", i % 2000);
		add(f, match_in(&email, text), i == 0);
	}
	assert_int_equal(findings_len(f), 2);
	for (size_t i = 0; i < 2; i++) {
		const struct finding *x = findings_at(f, i);
		double want = i ? 2000 : 500000;
		assert_int_equal(x->count, 500000);
		assert_true(x->distinct_error == FIND_DISTINCT_ERROR);
		/* The key is random: 4 standard errors, which one run in 15,000 exceeds. */
		assert_true(fabs((double)x->distinct - want) < 2 * FIND_DISTINCT_ERROR * want + 1);
	}
}

/* Both computed apart from this program, by the description in identity.h. */
static void ids_are_the_same_on_every_host(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_with_key(&email, "email=john@example.org"), 1);
	assert_string_equal(x->template_id, "fea47b2b8c12ec1b");
	assert_string_equal(x->id, "9e8ae195b0994152631a6c47c869efe4");
	x = add(f, match_of(&email, "john@example.org"), 1);
	assert_string_equal(x->template_id, "47586f17303bb4e3");
	assert_string_equal(x->id, "2a8316980dd79074d8434c14b29158fa");
}

struct same_case {
	const struct rule *rule;
	const char *a, *b;
	bool same;
};

static void one_value_in_two_spellings_counts_once(void **state) {
	static const struct same_case cases[] = {
	    {&card, "4929 1234 5678 9015", "4929-1234-5678-9015", true},
	    {&card, "4929123456789015", "4929.1234.5678.9015", true},
	    {&card, "4929123456789015", "4929123456789014", false},
	    {&email, "John@Example.org", "john@example.ORG", true},
	    {&email, "jo.hn@example.org", "john@example.org", false},
	    {&email, "10.1.11.2", "10.11.1.2", false},
	    {&email, "+358 40 555-1234", "+358405551234", true},
	    {&password, "Secret", "secret", false},
	    {&password, "a-b", "ab", false},
	};
	struct fixture *x = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct findings *f;
		assert_int_equal(findings_new(&f, x->key), 0);
		const struct finding *finding = add(f, match_of(cases[i].rule, cases[i].a), 1);
		add(f, match_of(cases[i].rule, cases[i].b), 0);
		assert_int_equal(finding->distinct, cases[i].same ? 1 : 2);
		findings_free(f);
	}
}

static void a_fingerprint_tells_values_apart_by_the_key(void **state) {
	struct fixture *x = *state;
	struct find_key *other_key;
	struct findings *same, *other;
	bool ephemeral;
	assert_int_equal(find_key_open(&other_key, NULL, &ephemeral), 0);
	assert_int_equal(findings_new(&same, x->key) | findings_new(&other, other_key), 0);
	const struct finding *a = add(x->findings, match_of(&card, "4929 1234 5678 9015"), 1);
	const struct finding *b = add(same, match_of(&card, "4929123456789015"), 1);
	const struct finding *c = add(other, match_of(&card, "4929123456789015"), 1);
	assert_string_equal(a->fingerprint, b->fingerprint);
	assert_string_not_equal(a->fingerprint, c->fingerprint);
	findings_free(same);
	findings_free(other);
	find_key_free(other_key);
}

static void values_of_any_length_are_counted(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	static char value[5000];
	memset(value, 'a', sizeof(value) - 1);
	const struct finding *x = NULL;
	for (size_t len = 505; len < 520; len++) {
		struct find_match m = match_of(&card, value);
		m.end = len;
		x = add(f, m, !x);
	}
	add(f, match_of(&card, value), 0);
	add(f, match_of(&card, ""), 0);
	assert_int_equal(x->distinct, 17);
}

static void findings_stay_where_they_are(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	const struct finding *first = add(f, m, 1);
	char sink[32];
	m.sink_name = sink;
	for (int i = 0; i < 3000; i++) {
		snprintf(sink, sizeof(sink), "/var/log/%d.log", i);
		assert_int_equal(add(f, m, 1)->index, i + 1);
	}
	for (int i = 0; i < 3000; i++) {
		snprintf(sink, sizeof(sink), "/var/log/%d.log", i);
		assert_ptr_equal(add(f, m, 0), findings_at(f, (size_t)i + 1));
	}
	assert_ptr_equal(findings_at(f, 0), first);
	assert_int_equal(findings_matches(f), 6001);
	assert_int_equal(findings_distinct(f), 1);
}

static void matches_beyond_the_bound_count_in_one_finding_of_their_rule(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	char program[32];
	m.executable = program;
	for (int i = 0; i < FIND_FINDINGS_MAX + 5; i++) {
		snprintf(program, sizeof(program), "/opt/%d", i);
		assert_int_equal(findings_add(f, &m, NULL), i <= FIND_FINDINGS_MAX);
	}
	m.rule = &card;
	add(f, m, 1);
	assert_int_equal(findings_len(f), FIND_FINDINGS_MAX + 2);
	const struct finding *others = findings_at(f, FIND_FINDINGS_MAX);
	assert_string_equal(others->sink_name, FIND_OTHERS);
	assert_string_equal(others->process_name, FIND_OTHERS);
	assert_int_equal(others->count, 5);
	assert_int_equal(findings_unplaced(f), 0);
	assert_int_equal(findings_matches(f), FIND_FINDINGS_MAX + 6);
	m.rule = &email;
	snprintf(program, sizeof(program), "/opt/0");
	assert_ptr_equal(add(f, m, 0), findings_at(f, 0));
}

static void a_program_of_thousands_of_logs_leaves_room_for_the_names_of_others(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	struct find_match m = match_of(&email, "john@example.org");
	char sink[32];
	m.sink_name = sink;
	for (int i = 0; i < FIND_FINDINGS_MAX; i++) {
		snprintf(sink, sizeof(sink), "/var/log/%d.log", i);
		assert_int_equal(findings_add(f, &m, NULL), i <= FIND_SHARE(FIND_FINDINGS_MAX));
	}
	const struct finding *others = findings_at(f, FIND_SHARE(FIND_FINDINGS_MAX));
	assert_string_equal(others->sink_name, FIND_OTHERS);
	assert_string_equal(others->process_name, "shop");
	assert_int_equal(others->count, FIND_FINDINGS_MAX - FIND_SHARE(FIND_FINDINGS_MAX));
	m.executable = "/usr/bin/till";
	m.process_name = "till";
	const struct finding *x = add(f, m, 1);
	assert_string_equal(x->process_name, "till");
	assert_string_equal(x->sink_name, sink);
	assert_int_equal(findings_matches(f), FIND_FINDINGS_MAX + 1);
}

/* No byte of a finding may hold what was matched. */
static void a_finding_does_not_hold_the_value(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_with_key(&password, "password=Zq8xWv"), 1);
	assert_null(memmem(x, sizeof(*x), "Zq8", 3));
	assert_null(memmem(x, sizeof(*x), "xWv", 3));
	assert_string_equal(x->masked, "***");
}

static void add_origin(struct findings *f, const char *frame, bool incomplete) {
	struct origin origin = {.frames_len = 1, .incomplete = incomplete};
	snprintf(origin.frames[0].text, sizeof(origin.frames[0].text), "%s", frame);
	assert_true(findings_add_origin(f, 0, &origin) >= 0);
}

static void an_origin_of_a_process_that_had_gone_gives_way(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_of(&email, "john@example.org"), 1);
	add_origin(f, "shop (deleted)+0x1220", true);
	assert_string_equal(x->origins[0].frames[0], "shop (deleted)+0x1220");
	add_origin(f, "log_line+0x20 shop.c:6", false);
	assert_int_equal(x->origins_len, 1);
	for (int i = 0; i < 3; i++)
		add_origin(f, "shop (deleted)+0x1220", true);
	add_origin(f, "audit_line+0x8 shop.c:9", false);
	assert_int_equal(x->origins_len, 2);
	assert_string_equal(x->origins[0].frames[0], "log_line+0x20 shop.c:6");
	assert_string_equal(x->origins[1].frames[0], "audit_line+0x8 shop.c:9");
	assert_int_equal(x->origins[0].count, 1);
}

static void add_frame(struct findings *f, const char *frame, enum origin_code code) {
	struct origin origin = {.frames_len = 1, .runtime = "java", .frames[0].code = code};
	snprintf(origin.frames[0].text, sizeof(origin.frames[0].text), "%s", frame);
	assert_true(findings_add_origin(f, 0, &origin) >= 0);
}

static void what_names_a_function_comes_before_the_interpreter(void **state) {
	struct findings *f = ((struct fixture *)*state)->findings;
	const struct finding *x = add(f, match_of(&email, "john@example.org"), 1);
	add_frame(f, "Interpreter+0x6e0", CODE_LIBRARY);
	add_frame(f, "Interpreter+0x6e0", CODE_LIBRARY);
	add_frame(f, "void Shop.ship()+0x20", CODE_JITTED);
	assert_string_equal(x->origins[0].frames[0], "void Shop.ship()+0x20");
	add_frame(f, "void Shop.pay()+0x20", CODE_JITTED);
	add_frame(f, "void Shop.pay()+0x20", CODE_JITTED);
	assert_string_equal(x->origins[0].frames[0], "void Shop.pay()+0x20");
	assert_string_equal(x->origins[1].frames[0], "void Shop.ship()+0x20");
	assert_int_equal(x->origins[2].count, 2);
}

/* What a host with that key has found, of so many values. */
static struct finding_copy *copy_of(const struct find_key *key, int from, int to) {
	struct findings *f;
	struct finding_copy *copy;
	char text[64];
	assert_int_equal(findings_new(&f, key), 0);
	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text), "jane%d@example.org", i);
		add(f, match_of(&email, text), i == from);
	}
	assert_int_equal(finding_copy_new(&copy, findings_at(f, 0), NULL), 0);
	findings_free(f);
	return copy;
}

static void a_finding_of_two_hosts_counts_a_value_once_if_they_share_a_key(void **state) {
	const struct find_key *key = ((struct fixture *)*state)->key;
	struct find_key *other;
	bool ephemeral;
	assert_int_equal(find_key_open(&other, NULL, &ephemeral), 0);
	struct finding_copy *a = copy_of(key, 0, 10), *same = copy_of(key, 2, 6), *strange = copy_of(other, 2, 6);
	assert_int_equal(finding_copy_unite(a, same), 0);
	assert_int_equal(a->finding.count, 14);
	assert_int_equal(a->finding.distinct, 10);
	assert_true(a->finding.distinct_error == 0);
	assert_non_null(a->finding.sketch);
	assert_int_equal(finding_copy_unite(a, strange), 0);
	assert_int_equal(a->finding.count, 18);
	assert_int_equal(a->finding.distinct, 14);
	assert_true(a->finding.distinct_error > 0);
	assert_null(a->finding.sketch); /* it would count one host's only */
	finding_copy_drop(a);
	finding_copy_drop(same);
	finding_copy_drop(strange);
	find_key_free(other);
}

#define WITH_FINDINGS(test) cmocka_unit_test_setup_teardown(test, make_findings, free_findings)

int main(void) {
	const struct CMUnitTest tests[] = {
	    WITH_FINDINGS(a_first_match_makes_a_finding),
	    WITH_FINDINGS(a_buffer_that_holds_another_record_is_read_anew),
	    WITH_FINDINGS(matches_of_one_statement_are_one_finding),
	    WITH_FINDINGS(rule_program_sink_and_template_tell_findings_apart),
	    WITH_FINDINGS(pid_directory_and_kind_do_not_tell_findings_apart),
	    WITH_FINDINGS(without_an_executable_the_process_name_counts),
	    WITH_FINDINGS(a_key_of_free_text_makes_no_findings_without_end),
	    WITH_FINDINGS(a_statement_is_one_finding_whatever_names_stand_in_it),
	    WITH_FINDINGS(words_of_too_few_different_records_are_not_told),
	    WITH_FINDINGS(free_text_in_our_own_words_makes_a_bounded_number_of_findings),
	    WITH_FINDINGS(a_million_matches_of_two_statements_are_two_findings),
	    WITH_FINDINGS(ids_are_the_same_on_every_host),
	    WITH_FINDINGS(one_value_in_two_spellings_counts_once),
	    WITH_FINDINGS(a_fingerprint_tells_values_apart_by_the_key),
	    WITH_FINDINGS(values_of_any_length_are_counted),
	    WITH_FINDINGS(findings_stay_where_they_are),
	    WITH_FINDINGS(a_program_of_thousands_of_logs_leaves_room_for_the_names_of_others),
	    WITH_FINDINGS(matches_beyond_the_bound_count_in_one_finding_of_their_rule),
	    WITH_FINDINGS(an_origin_of_a_process_that_had_gone_gives_way),
	    WITH_FINDINGS(what_names_a_function_comes_before_the_interpreter),
	    WITH_FINDINGS(a_finding_does_not_hold_the_value),
	    WITH_FINDINGS(a_finding_of_two_hosts_counts_a_value_once_if_they_share_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
