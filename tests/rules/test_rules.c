/* SPDX-License-Identifier: MIT */
/* Every example and counter-example of every rule: each rule alone, and all rules together. Run from the root. */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "detect/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPANS_MAX 64

struct found {
	const struct rule *rule;
	size_t start, end;
	enum check_class class;
};

struct seen {
	struct found items[SPANS_MAX];
	size_t len;
};

static struct rules *rules;
static struct detect_set *all;

static void note(void *arg, const struct detect_match *m) {
	struct seen *s = arg;

	if (s->len < SPANS_MAX)
		s->items[s->len++] = (struct found){m->rule, m->start, m->end, m->class};
}

static void scan(const struct detect_set *set, const char *text, struct seen *ret) {
	struct detector *d;
	size_t len = strlen(text);
	const struct detect_text whole = {0, len};

	ret->len = 0;
	assert_int_equal(detector_new(&d, set), 0);
	assert_int_equal(detector_scan(d, text, len, &whole, 1, note, ret), 0);
	detector_free(d);
}

static void complain(const struct rule *rule, int line, const char *how, const char *what) {
	fprintf(stderr, "%s:%d: %s (%s): %s\n", rule->file, line, rule->id, how, what);
}

/* Found by this rule; all together, by one of the same entity. */
static bool has_exact(const struct seen *s, const struct rule *rule, const struct rule_span *span, const char *class,
                      bool alone) {
	for (size_t i = 0; i < s->len; i++) {
		const struct found *f = &s->items[i];
		bool same = alone ? f->rule == rule : !strcmp(f->rule->entity, rule->entity);

		if (same && f->start == span->start && f->end == span->end && !strcmp(check_class_name(f->class), class))
			return true;
	}
	return false;
}

static unsigned check_example(const struct rule *rule, const struct rule_example *e, const struct seen *s, bool alone) {
	const char *how = alone ? "alone" : "all together";
	const char *class = e->class_name ? e->class_name : "real";
	unsigned bad = 0;

	for (size_t i = 0; i < e->spans_len; i++)
		if (!has_exact(s, rule, &e->spans[i], class, alone)) {
			complain(rule, e->line, how, "an example is not found as it says");
			bad++;
		}
	if (s->len != e->spans_len) {
		complain(rule, e->line, how, "something else is found in an example, or a value twice");
		bad++;
	}
	return bad;
}

static unsigned check_counter_example(const struct rule *rule, const struct rule_example *e, const struct seen *s,
                                      bool alone) {
	for (size_t i = 0; i < s->len; i++)
		if (!strcmp(s->items[i].rule->entity, rule->entity) && s->items[i].class == CHECK_REAL) {
			complain(rule, e->line, alone ? "alone" : "all together", e->why);
			return 1;
		}
	return 0;
}

static unsigned check_rule(const struct rule *rule, const struct detect_set *set, bool alone) {
	unsigned bad = 0;
	struct seen s;

	for (size_t i = 0; i < rule->examples_len; i++) {
		scan(set, rule->examples[i].text, &s);
		bad += check_example(rule, &rule->examples[i], &s, alone);
	}
	for (size_t i = 0; i < rule->counter_examples_len; i++) {
		scan(set, rule->counter_examples[i].text, &s);
		bad += check_counter_example(rule, &rule->counter_examples[i], &s, alone);
	}
	return bad;
}

static void each_rule_alone_finds_its_examples_exactly(void **state) {
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < rules->len; i++) {
		const char *only = rules->items[i].id;
		const struct detect_options o = {.only = &only, .only_len = 1};
		struct detect_set *set = NULL;
		struct diags diags = {0};

		if (detect_set_new(&set, rules, &o, &diags)) {
			diags_print(&diags, stderr);
			bad++;
		} else {
			bad += check_rule(&rules->items[i], set, true);
		}
		detect_set_free(set);
		diags_release(&diags);
	}
	assert_int_equal(bad, 0);
}

static void all_rules_together_find_every_example(void **state) {
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < rules->len; i++)
		if (!rules->items[i].opt_in)
			bad += check_rule(&rules->items[i], all, false);
	assert_int_equal(bad, 0);
}

static void every_rule_has_examples_of_both_kinds(void **state) {
	(void)state;
	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *r = &rules->items[i];

		if (!r->examples_len || !r->counter_examples_len)
			complain(r, r->line, "examples", "there must be one of each kind");
		assert_true(r->examples_len && r->counter_examples_len);
	}
}

static bool is_entity(const char *name) {
	for (size_t i = 0; i < rules->len; i++)
		if (!strcmp(rules->items[i].entity, name))
			return true;
	return false;
}

/* A row of the table of what is not here begins so. */
static bool is_explained(const struct buf *readme, const char *what) {
	char row[128];

	snprintf(row, sizeof(row), "\n| %s", what);
	return strstr(strstr(readme->data, "## What is not here"), row) != NULL;
}

static void what_other_detectors_find_is_found_or_said_why_not(void **state) {
	_cleanup_(buf_release) struct buf peers = {0}, readme = {0};
	char *rest = NULL;
	size_t rows = 0, bad = 0;

	(void)state;
	assert_int_equal(file_read("tests/rules/peers.txt", 1 << 20, &peers), 0);
	assert_int_equal(file_read("rules/README.md", 1 << 20, &readme), 0);
	assert_int_equal(buf_append(&peers, "", 1) | buf_append(&readme, "", 1), 0);
	assert_non_null(strstr(readme.data, "## What is not here"));
	for (char *row = strtok_r(peers.data, "\n", &rest); row; row = strtok_r(NULL, "\n", &rest)) {
		char tool[32], name[64], entity[96];

		if (*row == '#')
			continue;
		rows++;
		assert_int_equal(sscanf(row, "%31s %63s %95[^\n]", tool, name, entity), 3);
		if (strncmp(entity, "- ", 2) ? is_entity(entity) : is_explained(&readme, entity + 2))
			continue;
		fprintf(stderr, "%s: neither is there such an entity, nor does rules/README.md say why not\n", row);
		bad++;
	}
	assert_int_equal(bad, 0);
	assert_true(rows > 250);
}

static int load(void **state) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	int err = rules_load(&rules, dirs, 1, &diags);

	(void)state;
	if (!err)
		err = detect_set_new(&all, rules, &(struct detect_options){0}, &diags);
	diags_print(&diags, stderr);
	diags_release(&diags);
	return err;
}

static int unload(void **state) {
	(void)state;
	detect_set_free(all);
	rules_free(rules);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule_alone_finds_its_examples_exactly),
	    cmocka_unit_test(all_rules_together_find_every_example),
	    cmocka_unit_test(every_rule_has_examples_of_both_kinds),
	    cmocka_unit_test(what_other_detectors_find_is_found_or_said_why_not),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
