/* SPDX-License-Identifier: MIT */
#include "rule/redaction.h"

#include <stdio.h>
#include <string.h>

/* Between a key and its value, without and with quotes around the value. */
#define SEPARATOR "\\\\?[\"'`]?[ \t]{0,3}[:=>][>]?[ \t]{0,3}"
#define QUOTE "\\\\?[\"'`]"
/* A mark such as [REDACTED] or ${NAME} is no value. */
#define BARE_FIRST "[^ -*,;<=>?\\[\\]`{|}\t\r\n]"
#define BARE_BYTE "[^ \"'&),;<>\\[\\]\\\\`{}\t\r\n]"
#define QUOTED_FIRST "[^\"'`\\\\\\[{$\r\n]"
#define QUOTED_BYTE "[^\"'`\\\\\r\n]"
#define NAME_BYTE "[^ \"'&),;:=<>\\[\\]\\\\`{}\t\r\n]"

/* What the span functions of detect/span.c find, as far as shapes can say it. */
static const struct {
	const char *span, *before, *value, *after;
} spans[] = {
    {"email", NULL, "[A-Za-z0-9._+'-]{1,64}@[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2,24}", NULL},
    {"email", NULL, "[A-Za-z0-9._+'-]{1,64}[%=]40[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2,24}", NULL},
    {"email", NULL, "[A-Za-z0-9._+'-]{1,64}\\\\u0040[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2,24}", NULL},
    {"email_html", NULL, "[A-Za-z0-9._+'-]{1,64}&[#a-z0-9]{3,6};[A-Za-z0-9.-]{1,253}\\.[A-Za-z]{2,24}", NULL},
    {"ipv4", NULL, "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}", NULL},
    {"ipv6", NULL,
     "(?i)[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{1,4}:[0-9a-f]{"
     "1,4}",
     NULL},
    {"ipv6", NULL, "(?i)[23][0-9a-f]{1,3}[0-9a-f:]{0,30}::[0-9a-f:]{0,30}[0-9a-f]", NULL},
    {"jwt", NULL, "eyJ[A-Za-z0-9_-]{8,255}\\.[A-Za-z0-9_.-]{8,255}", NULL},
    {"mac", NULL, "(?i)[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}", NULL},
    {"mac", NULL, "(?i)[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}", NULL},
    {"pem", NULL, "-----BEGIN [A-Z0-9 ]{0,24}PRIVATE KEY[^\"'\r\n]{0,255}", NULL},
    {"phone_intl", NULL, "\\+[(]?[1-9][0-9 ()./-]{5,18}[0-9]", NULL},
    {"phone_intl", NULL, "(?i)%2B[1-9][0-9 ()./+%-]{5,30}[0-9]", NULL},
    {"url_userinfo", "://[^ \t/:@\"']{0,64}:", "[^ \t/\"'<>\\\\,@\\[]{1,128}", "@"},
};

struct giver {
	int (*fn)(void *arg, const struct redaction *r);
	void *arg;
	struct redaction redaction;
	bool unsaid; /* a text of the rule's is no shape */
};

static bool parse(struct shape *ret, const char *text) {
	size_t at;
	const char *why;

	*ret = (struct shape){0};
	return !text || !shape_parse(ret, text, &at, &why);
}

static int give(struct giver *g, const char *before, const char *value, const char *after) {
	if (!parse(&g->redaction.before, before) || !parse(&g->redaction.value, value) ||
	    !parse(&g->redaction.after, after)) {
		g->unsaid = true;
		return 0;
	}
	return g->fn(g->arg, &g->redaction);
}

static int give_span(struct giver *g, const struct rule *rule) {
	bool known = false;
	int r = 0;

	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans) && !r; i++) {
		if (strcmp(spans[i].span, rule->span) != 0)
			continue;
		known = true;
		r = give(g, spans[i].before, spans[i].value, spans[i].after);
	}
	if (known)
		return r;
	/* A token goes on as far as such bytes do; the fixed text in front of it goes with it. */
	char value[512];
	int len = snprintf(value, sizeof(value), "%s[A-Za-z0-9_./+=~-]{0,255}", rule->anchor);
	return give(g, NULL, (size_t)len < sizeof(value) ? value : "", NULL);
}

/* Of a name two words, then one; of anything else as far as the word goes. */
static int give_bare(struct giver *g, const struct rule *rule, size_t min, size_t max) {
	char value[256];
	int r = 0;

	if (!strcmp(rule->category, "person") && rule->value_max > 4)
		r = give(g, SEPARATOR, "[A-Z]" NAME_BYTE "{0,40} [A-Z]" NAME_BYTE "{1,40}", NULL);
	snprintf(value, sizeof(value), BARE_FIRST BARE_BYTE "{%zu,%zu}", min, max);
	return r ? r : give(g, SEPARATOR, value, NULL);
}

static int give_keys(struct giver *g, const struct rule *rule) {
	size_t min = rule->value_min > 1 ? rule->value_min - 1 : 0, max = rule->value_max > 1 ? rule->value_max - 1 : 1;
	char value[256];

	g->redaction.words = &rule->keys;
	g->redaction.keys = true;
	if (rule->value)
		return give(g, SEPARATOR "\\\\?[\"'`]?", rule->value, NULL);
	max = max < 255 ? max : 255;
	snprintf(value, sizeof(value), QUOTED_FIRST QUOTED_BYTE "{%zu,%zu}", min, max);
	int r = give(g, SEPARATOR QUOTE, value, NULL);
	return r ? r : give_bare(g, rule, min, max);
}

static int give_shapes(struct giver *g, const struct rule *rule) {
	int r = 0;

	for (size_t i = 0; i < rule->shapes.len && !r; i++)
		r = give(g, NULL, rule->shapes.items[i], NULL);
	return r;
}

static unsigned unsaid_of(const struct rule *rule) {
	return (rule->validator ? REDACTION_VALIDATOR : 0) |
	       (rule->exclude_exact.len + rule->exclude_prefix.len + rule->exclude_suffix.len ? REDACTION_EXCLUSIONS : 0) |
	       (rule->exclude_near.len ? REDACTION_NEAR : 0) | (rule->confidence_alone > 0 ? REDACTION_ALONE : 0) |
	       (rule->keys.len ? REDACTION_PLACES : 0) |
	       (rule->span && !strncmp(rule->span, "email", strlen("email")) ? REDACTION_LETTERS : 0);
}

int redactions_of(const struct rule *rule, int (*fn)(void *arg, const struct redaction *r), void *arg,
                  unsigned *ret_unsaid) {
	struct giver g = {.fn = fn, .arg = arg};

	if (rule->context == RULE_CONTEXT_REQUIRED && !rule->keys.len) {
		g.redaction.words = &rule->context_keywords;
		g.redaction.window = rule->context_window;
	}
	int r = rule->keys.len ? give_keys(&g, rule) : rule->anchor ? give_span(&g, rule) : give_shapes(&g, rule);
	*ret_unsaid = unsaid_of(rule) | (g.unsaid ? REDACTION_WHOLE : 0);
	return r;
}
