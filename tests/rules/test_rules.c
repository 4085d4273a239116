/* SPDX-License-Identifier: MIT */
/* Every example and counter-example of every rule: each rule alone, and all rules together. Run from the root. */
#include "base/cleanup.h"
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
	};
	return cmocka_run_group_tests(tests, load, unload);
}
