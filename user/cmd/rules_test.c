/* SPDX-License-Identifier: MIT */
/* logspill rules test: every example and counter-example, each rule alone and all rules together. */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "detect/detect.h"

#include <errno.h>
#include <string.h>

#define FOUND_MAX 64

DEFINE_CLEANUP(struct detect_set *, detect_set_free)
DEFINE_CLEANUP(struct detector *, detector_free)

struct found {
	const struct rule *rule;
	size_t start, end;
	const char *class_name;
};

/* One example being tried. */
struct trial {
	struct detector *detector;
	const struct rule *rule;
	bool alone;
	struct found found[FOUND_MAX];
	size_t found_len;
	struct diags *diags;
};

static void on_match(void *arg, const struct detect_match *m) {
	struct trial *t = arg;
	if (t->found_len < FOUND_MAX)
		t->found[t->found_len++] = (struct found){m->rule, m->start, m->end, check_class_name(m->class)};
}

/* The mistake and the line of the file; the text itself is the rule author's, so it may be shown there. */
static void complain(struct trial *t, const struct rule_example *e, const char *what) {
	diags_add(t->diags, t->rule->file, e->line, 0, "%s%s: %s", t->rule->id, t->alone ? "" : ", all rules together",
	          what);
}

static int scan(struct trial *t, const struct rule_example *e) {
	size_t len = strlen(e->text);
	const struct detect_text text = {0, (uint32_t)len};
	t->found_len = 0;
	int r = detector_scan(t->detector, e->text, len, &text, 1, on_match, t);
	if (r)
		complain(t, e, "the scan failed");
	return r;
}

/* All together another rule of the same entity may be the one that finds the value; nothing else may be found. */
static bool finds(const struct trial *t, const struct rule_span *span, const char *class_name) {
	for (size_t i = 0; i < t->found_len; i++) {
		const struct found *f = &t->found[i];
		bool ours = t->alone ? f->rule == t->rule : !strcmp(f->rule->entity, t->rule->entity);
		if (ours && f->start == span->start && f->end == span->end && !strcmp(f->class_name, class_name))
			return true;
	}
	return false;
}

static void try_example(struct trial *t, const struct rule_example *e) {
	if (scan(t, e))
		return;
	const char *class_name = e->class_name ? e->class_name : "real";
	for (size_t i = 0; i < e->spans_len; i++)
		if (!finds(t, &e->spans[i], class_name))
			complain(t, e, "a marked value is not found, or not as marked: span and class must be exact");
	if (t->found_len > e->spans_len)
		complain(t, e, "more is found than is marked");
}

static void try_counter_example(struct trial *t, const struct rule_example *e) {
	if (scan(t, e))
		return;
	for (size_t i = 0; i < t->found_len; i++)
		if (!strcmp(t->found[i].rule->entity, t->rule->entity) && !strcmp(t->found[i].class_name, "real")) {
			complain(t, e, "a value is found, but the counter-example says that there is none");
			return;
		}
}

static void try_rule(struct trial *t, const struct rule *rule) {
	t->rule = rule;
	for (size_t i = 0; i < rule->examples_len; i++)
		try_example(t, &rule->examples[i]);
	for (size_t i = 0; i < rule->counter_examples_len; i++)
		try_counter_example(t, &rule->counter_examples[i]);
}

/* Compiles the rules that the options name and tries `rule`, or all that are in force when it is NULL. */
static int try_set(const struct rules *rules, const struct rule *rule, struct diags *diags) {
	_cleanup_(detect_set_freep) struct detect_set *set = NULL;
	_cleanup_(detector_freep) struct detector *detector = NULL;
	const char *only = rule ? rule->id : NULL;
	const struct detect_options options = {.only = &only, .only_len = rule ? 1 : 0};
	int r = detect_set_new(&set, rules, &options, diags);
	if (!r)
		r = detector_new(&detector, set);
	if (r)
		return r;
	struct trial t = {.detector = detector, .alone = rule != NULL, .diags = diags};
	if (rule)
		try_rule(&t, rule);
	for (size_t i = 0; !rule && i < rules->len; i++)
		if (!rules->items[i].opt_in)
			try_rule(&t, &rules->items[i]);
	return 0;
}

int rules_test(const struct rules_call *call) {
	_cleanup_(rules_freep) struct rules *rules = NULL;
	size_t examples = 0, counter_examples = 0;
	if (rules_call_load(call, &rules))
		return EXIT_ERROR;
	int r = try_set(rules, NULL, call->diags);
	for (size_t i = 0; i < rules->len && r != -ENOMEM; i++) {
		int alone = try_set(rules, &rules->items[i], call->diags);
		r = r ? r : alone;
		examples += rules->items[i].examples_len;
		counter_examples += rules->items[i].counter_examples_len;
	}
	if (r && !diags_any(call->diags))
		diags_say(call->diags, "cannot compile the rules: %s", strerror(-r));
	if (r == -ENOMEM || r == -ENOTSUP)
		return EXIT_ERROR;
	size_t wrong = call->diags->len;
	printf("%zu rules, %zu examples, %zu counter-examples, each rule alone and all together: %zu %s\n", rules->len,
	       examples, counter_examples, wrong, wrong == 1 ? "mistake" : "mistakes");
	return diags_any(call->diags) ? EXIT_FINDINGS : EXIT_CLEAN;
}
