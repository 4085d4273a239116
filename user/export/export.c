/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const struct export_target *const targets[] = {
    &export_fluent_bit,
    &export_otel,
    &export_rsyslog,
    &export_vector,
};

static const char *const unsaid_texts[] = {
    "check digits and the like: what only looks alike goes as well",
    "values that are never meant: they go as well",
    "words that speak against it: what stands behind them goes as well",
    "a value that is the whole record: without its keyword it stays",
    "tables, arguments, columns of statements: a value stays where its key does not stand right before it",
    "anything: there is no pattern for it",
    "letters that are no ASCII: an address with one stays, or what stands before it",
};

struct exporting {
	struct buf *out;
	const struct export_target *target;
	char mask[EXPORT_MASK_SIZE];
	bool unsaid; /* a pattern of the rule cannot be said there */
};

const struct export_target *export_find(const char *name) {
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (!strcmp(targets[i]->name, name))
			return targets[i];
	return NULL;
}

int export_put_replacement(struct buf *out, const struct pattern_groups *groups, const char *mask) {
	int err = groups->before ? buf_printf(out, "$$%u", groups->before) : 0;
	err = err ?: buf_append(out, mask, strlen(mask));
	return err ?: groups->after ? buf_printf(out, "$$%u", groups->after) : 0;
}

const char *export_unsaid_text(unsigned bit) {
	return unsaid_texts[bit];
}

/* The mask of an entity; what has a meaning in any of the targets is not in it. */
static void mask_of(char ret[EXPORT_MASK_SIZE], const struct rule *rule) {
	snprintf(ret, EXPORT_MASK_SIZE - 1, "[REDACTED:%s", rule->entity);
	for (char *c = ret + 1; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_:.-", *c))
			*c = '_';
	strcat(ret, "]");
}

static int put_pattern(void *arg, const struct redaction *r) {
	struct exporting *e = arg;
	size_t len = e->out->len;
	int err = e->target->pattern(e->out, r, e->mask);
	if (err == -ENOTSUP) {
		e->out->len = len;
		e->unsaid = true;
		return 0;
	}
	return err;
}

/* Two passes: what cannot be said is known once all has been said, and stands in front of it. */
static int put_rule(struct exporting *e, const struct rule *rule, struct export_unsaid *unsaid) {
	struct buf body = {0}, *out = e->out;
	unsigned bits = 0;
	e->unsaid = false;
	e->out = &body;
	mask_of(e->mask, rule);
	int err = redactions_of(rule, put_pattern, e, &bits);
	e->out = out;
	if (e->unsaid)
		bits |= REDACTION_WHOLE;
	err = err ?: buf_printf(out, "%s%s: %s\n", e->target->comment, rule->id, e->mask);
	for (unsigned i = 0; i < sizeof(unsaid_texts) / sizeof(*unsaid_texts) && !err; i++) {
		if (!(bits & 1u << i))
			continue;
		unsaid->rules[i]++;
		err = buf_printf(out, "%s  does not know: %s\n", e->target->comment, unsaid_texts[i]);
	}
	err = err ?: buf_append(out, body.data, body.len);
	buf_release(&body);
	return err;
}

int export_rules(struct buf *ret, const struct export_target *target, const struct rule *const *rules, size_t len,
                 struct export_unsaid *ret_unsaid) {
	struct exporting e = {.out = ret, .target = target};
	int err = buf_append(ret, target->head, strlen(target->head));
	*ret_unsaid = (struct export_unsaid){0};
	/* What is specific goes first, so that a catch-all does not take half of it away. */
	for (int precedence = RULE_SPECIFIC; precedence >= RULE_CATCHALL; precedence--)
		for (size_t i = 0; i < len && !err; i++)
			if ((int)rules[i]->precedence == precedence)
				err = put_rule(&e, rules[i], ret_unsaid);
	return err ?: buf_append(ret, target->tail, strlen(target->tail));
}
