/* SPDX-License-Identifier: MIT */
/*
 * logspill rules explain: what becomes of each candidate in a line, stage by stage. The engine is asked, not retold: a
 * candidate is what a rule finds with all its stages taken away; a stage refuses it when it is not found with that
 * stage alone put back.
 */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "app/engine.h"
#include "base/buf.h"
#include "base/text.h"
#include "find/find.h"

#include <errno.h>
#include <string.h>

#define FOUND_MAX 64
#define LINE_MAX_BYTES (1024 * 1024)
#define KEY_SHOWN 40
#define ANY_CONFIDENCE 1e-6f

DEFINE_CLEANUP(struct detect_set *, detect_set_free)
DEFINE_CLEANUP(struct detector *, detector_free)

enum stage { STAGE_EXCLUSIONS, STAGE_NEAR, STAGE_PLACE, STAGE_CONTEXT, STAGE_VALIDATOR, STAGE_CONFIDENCE, STAGES };

#define STAGES_ALL ((1u << STAGES) - 1)

struct found {
	struct detect_match items[FOUND_MAX];
	size_t len;
};

/* What became of one candidate. */
struct note {
	const struct rule *rule;
	uint32_t start, end;
	bool matches;
	struct buf passed, refused; /* stages, each with its reason */
};

struct explanation {
	const struct rules_call *call;
	const struct rules *rules;
	struct rule *trial_items; /* copy of the rules' items: one of them is changed for each trial */
	struct rules trial;
	const char *line;
	size_t len;
	struct found all; /* of all rules in force together */
	bool color;
	struct note *notes;
	size_t notes_len;
};

static void on_match(void *arg, const struct detect_match *m) {
	struct found *f = arg;
	if (f->len < FOUND_MAX)
		f->items[f->len++] = *m;
}

static int scan_line(const struct explanation *e, const struct rules *rules, const struct detect_options *o,
                     struct found *ret) {
	_cleanup_(detect_set_freep) struct detect_set *set = NULL;
	_cleanup_(detector_freep) struct detector *detector = NULL;
	const struct detect_text text = {0, (uint32_t)e->len};
	ret->len = 0;
	int r = detect_set_new(&set, rules, o, e->call->diags);
	if (!r)
		r = detector_new(&detector, set);
	return r ? r : detector_scan(detector, e->line, e->len, &text, 1, on_match, ret);
}

static void take_stage_away(struct rule *rule, enum stage stage) {
	const struct rule_strings none = {0};
	switch (stage) {
	case STAGE_EXCLUSIONS:
		rule->exclude_exact = rule->exclude_prefix = rule->exclude_suffix = none;
		break;
	case STAGE_NEAR:
		rule->exclude_near = none;
		break;
	case STAGE_CONTEXT:
		if (rule->context == RULE_CONTEXT_REQUIRED)
			rule->context = RULE_CONTEXT_OPTIONAL;
		break;
	case STAGE_VALIDATOR:
		rule->validator = NULL;
		break;
	default:
		break;
	}
}

/* What the rule alone finds with only these stages in place. */
static int scan_with(struct explanation *e, const struct rule *rule, unsigned stages, struct found *ret) {
	struct detect_options o = {
	    .only = (const char *const *)&rule->id,
	    .only_len = 1,
	    .min_confidence = ANY_CONFIDENCE,
	    .anywhere = !(stages >> STAGE_PLACE & 1),
	};
	if (stages >> STAGE_CONFIDENCE & 1)
		o.min_confidence = e->call->options->rules.min_confidence;
	struct rule *changed = &e->trial_items[rule->index];
	for (enum stage s = 0; s < STAGE_CONFIDENCE; s++)
		if (!(stages >> s & 1))
			take_stage_away(changed, s);
	int r = scan_line(e, &e->trial, &o, ret);
	*changed = *rule;
	return r;
}

static const struct detect_match *find_at(const struct found *f, const struct detect_match *candidate) {
	for (size_t i = 0; i < f->len; i++)
		if (f->items[i].start == candidate->start)
			return &f->items[i];
	return NULL;
}

static const char *paint(const struct explanation *e, const char *code) {
	return e->color ? code : "";
}

static int add_stage(struct note *n, const char *name, bool passed, const char *why) {
	struct buf *b = passed ? &n->passed : &n->refused;
	const char *comma = b->len ? ", " : "";
	return *why ? buf_printf(b, "%s%s (%s)", comma, name, why) : buf_printf(b, "%s%s", comma, name);
}

static const char *context_words(const struct explanation *e, const struct rule *rule, const struct detect_match *m,
                                 char *ret, size_t size) {
	size_t len = m->key_end - m->key_start;
	_cleanup_free_ char *key = text_visible(e->line + m->key_start, len < KEY_SHOWN ? len : KEY_SHOWN);
	if (len)
		snprintf(ret, size, "\"%s\" at %u", key ? key : "", m->key_start);
	else
		snprintf(ret, size, "%s", rule->context == RULE_CONTEXT_NONE ? "none asked for" : "none, and none needed");
	return ret;
}

static bool has_stage(const struct rule *rule, enum stage stage) {
	switch (stage) {
	case STAGE_EXCLUSIONS:
		return rule->exclude_exact.len || rule->exclude_prefix.len || rule->exclude_suffix.len;
	case STAGE_NEAR:
		return rule->exclude_near.len;
	case STAGE_PLACE:
		return rule->shapes.len;
	case STAGE_VALIDATOR:
		return rule->validator;
	default:
		return true;
	}
}

static const char *refusal(const struct rule *rule, enum stage stage, char *ret, size_t size) {
	switch (stage) {
	case STAGE_EXCLUSIONS:
		return "the value begins with, ends with or is something that the rule excludes";
	case STAGE_NEAR:
		return "a word that speaks against it stands before it";
	case STAGE_PLACE:
		return "it is a time, one of a row of numbers, or its key or place is of something else";
	case STAGE_CONTEXT:
		snprintf(ret, size, "none of its keywords within %zu bytes before it", rule->context_window);
		return ret;
	case STAGE_VALIDATOR:
		snprintf(ret, size, "%s: invalid", rule->validator);
		return ret;
	default:
		snprintf(ret, size, "%.2f without context is below --min-confidence", rule->confidence);
		return ret;
	}
}

static const char *approval(const struct explanation *e, const struct rule *rule, enum stage stage,
                            const struct detect_match *m, char *ret, size_t size) {
	switch (stage) {
	case STAGE_CONTEXT:
		return context_words(e, rule, m, ret, size);
	case STAGE_VALIDATOR:
		snprintf(ret, size, "%s: %s", rule->validator, check_class_name(m->class));
		return ret;
	case STAGE_CONFIDENCE:
		snprintf(ret, size, "%.2f", m->confidence);
		return ret;
	default:
		return "";
	}
}

/* Which rule has the place that this one's match would take; NULL: its own. */
static const struct detect_match *winner(const struct explanation *e, const struct rule *rule,
                                         const struct detect_match *m) {
	const struct detect_match *other = NULL;
	for (size_t i = 0; i < e->all.len; i++) {
		const struct detect_match *w = &e->all.items[i];
		if (w->start >= m->end || w->end <= m->start)
			continue;
		if (!strcmp(w->rule->id, rule->id))
			return NULL;
		other = w;
	}
	return other;
}

static int add_overlap(const struct explanation *e, struct note *n, const struct detect_match *whole) {
	const struct detect_match *other = winner(e, n->rule, whole);
	char why[256] = "";
	n->matches = !other;
	if (other)
		snprintf(why, sizeof(why), "%s has this place, by precedence, confidence or length", other->rule->id);
	return add_stage(n, "overlap", !other, why);
}

/* Without the context that it needs a rule's confidence is not what would be asked about. */
static bool is_moot(const struct note *n, enum stage stage) {
	return stage == STAGE_CONFIDENCE && n->refused.data && strstr(n->refused.data, "context (");
}

static int explain_candidate(struct explanation *e, const struct rule *rule, const struct detect_match *candidate,
                             const struct found *whole) {
	static const char *const names[] = {"exclusions", "near", "place", "context", "validator", "confidence"};
	const struct detect_match *match = find_at(whole, candidate), *m = match ? match : candidate;
	struct note *notes = reallocarray(e->notes, e->notes_len + 1, sizeof(*notes)), *n;
	char why[256];
	if (!notes)
		return -ENOMEM;
	e->notes = notes;
	n = &notes[e->notes_len++];
	*n = (struct note){.rule = rule, .start = m->start, .end = m->end};
	int r = add_stage(n, rule->keys.len ? "key" : "form", true, "");
	for (enum stage s = 0; s < STAGES && !r; s++) {
		struct found with;
		if (!has_stage(rule, s) || is_moot(n, s))
			continue;
		r = match ? 0 : scan_with(e, rule, 1u << s, &with);
		const struct detect_match *passed = r ? NULL : match ? match : find_at(&with, candidate);
		if (!r)
			r = add_stage(n, names[s], passed,
			              passed ? approval(e, rule, s, passed, why, sizeof(why)) : refusal(rule, s, why, sizeof(why)));
	}
	return r || !match ? r : add_overlap(e, n, match);
}

/* By place; what matches first, then what was refused by least. */
static int compare_notes(const void *a, const void *b) {
	const struct note *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->matches != y->matches)
		return x->matches ? -1 : 1;
	if (x->refused.len != y->refused.len)
		return x->refused.len < y->refused.len ? -1 : 1;
	return x->rule->index < y->rule->index ? -1 : 1;
}

static void say_note(const struct explanation *e, const struct note *n) {
	const char *off = paint(e, "\033[0m");
	if (n->matches)
		printf("  %smatch%s    %s %s: passed %s\n", paint(e, "\033[1;31m"), off, n->rule->id, n->rule->entity,
		       n->passed.data);
	else
		printf("  refused  %s %s: by %s; passed %s\n", n->rule->id, n->rule->entity, n->refused.data, n->passed.data);
}

static void say_notes(struct explanation *e) {
	if (e->notes_len)
		qsort(e->notes, e->notes_len, sizeof(*e->notes), compare_notes);
	else
		printf("no rule has a candidate in this line\n");
	for (size_t i = 0; i < e->notes_len; i++) {
		const struct note *n = &e->notes[i];
		char masked[FIND_MASKED_SIZE];
		find_mask(masked, &n->rule->mask, e->line + n->start, n->end - n->start);
		if (!i || n->start != e->notes[i - 1].start)
			printf("%sbytes %u-%u  %s%s\n", paint(e, "\033[1m"), n->start, n->end, masked, paint(e, "\033[0m"));
		say_note(e, n);
	}
}

static void explanation_release(struct explanation *e) {
	for (size_t i = 0; i < e->notes_len; i++) {
		buf_release(&e->notes[i].passed);
		buf_release(&e->notes[i].refused);
	}
	free(e->notes);
	free(e->trial_items);
}

static int explain_rule(struct explanation *e, const struct rule *rule) {
	struct found bare, whole;
	int r = scan_with(e, rule, 0, &bare);
	if (!r && bare.len)
		r = scan_with(e, rule, STAGES_ALL, &whole);
	for (size_t i = 0; i < bare.len && !r; i++)
		r = explain_candidate(e, rule, &bare.items[i], &whole);
	return r;
}

static int explain_line(struct explanation *e) {
	const struct detect_options in_force = engine_options(&e->call->options->rules);
	e->trial_items = calloc(e->rules->len, sizeof(*e->trial_items));
	if (!e->trial_items)
		return -ENOMEM;
	memcpy(e->trial_items, e->rules->items, e->rules->len * sizeof(*e->trial_items));
	e->trial = *e->rules;
	e->trial.items = e->trial_items;
	int r = scan_line(e, e->rules, &in_force, &e->all);
	for (size_t i = 0; i < e->rules->len && !r; i++)
		if (detect_is_in_force(&e->rules->items[i], &in_force))
			r = explain_rule(e, &e->rules->items[i]);
	return r;
}

/* '-': a value is better not seen in a list of processes. */
static int read_line(const struct rules_call *call, struct buf *ret) {
	const char *argument = call->arguments.items[0];
	char *line = NULL;
	size_t cap = 0;
	if (strcmp(argument, "-") != 0)
		return buf_append(ret, argument, strlen(argument));
	ssize_t len = getline(&line, &cap, stdin);
	int r = len < 0 ? -ENODATA : len > LINE_MAX_BYTES ? -EFBIG : buf_append(ret, line, (size_t)len);
	if (!r && len && ret->data[len - 1] == '\n')
		ret->len--;
	if (line)
		explicit_bzero(line, cap);
	free(line);
	return r;
}

int rules_explain(const struct rules_call *call) {
	_cleanup_(rules_freep) struct rules *rules = NULL;
	_cleanup_(buf_release) struct buf line = {0};
	int r = rules_call_load(call, &rules);
	if (r)
		return EXIT_ERROR;
	r = read_line(call, &line);
	_cleanup_(explanation_release) struct explanation e = {
	    .call = call,
	    .rules = rules,
	    .line = line.data ? line.data : "",
	    .len = line.len,
	    .color = options_color(&call->options->output, STDOUT_FILENO),
	};
	if (!r)
		r = explain_line(&e);
	if (r && !diags_any(call->diags))
		diags_say(call->diags, "cannot explain it: %s", strerror(-r));
	if (r)
		return EXIT_ERROR;
	say_notes(&e);
	if (fflush(stdout))
		return EXIT_ERROR;
	return e.all.len ? EXIT_FINDINGS : EXIT_CLEAN;
}
