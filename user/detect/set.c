/* SPDX-License-Identifier: MIT */
#include "detect/set.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_DEFAULT 40
#define CONFIDENCE_DEFAULT 0.5f

/* While a set is being built. */
struct builder {
	struct detect_set *set;
	struct diags *diags;
	struct name_entry *entries;
	size_t entries_len, entries_cap;
	bool failed; /* a diagnostic has been written */
};

static bool id_is_within(const char *id, const char *prefix) {
	size_t n = strlen(prefix);

	return !strncmp(id, prefix, n) && (!id[n] || id[n] == '.' || (n && prefix[n - 1] == '.'));
}

bool detect_is_in_force(const struct rule *rule, const struct detect_options *o) {
	bool wanted = !o->only_len && !rule->opt_in;

	for (size_t i = 0; i < o->only_len; i++)
		wanted = wanted || (rule->opt_in ? !strcmp(rule->id, o->only[i]) : id_is_within(rule->id, o->only[i]));
	for (size_t i = 0; i < o->except_len; i++)
		wanted = wanted && !id_is_within(rule->id, o->except[i]);
	return wanted;
}

static void complain(struct builder *b, const struct rule *rule, const char *what, const char *which) {
	diags_add(b->diags, rule->file, rule->line, 0, "rule %s: %s `%s`", rule->id, what, which);
	b->failed = true;
}

static int add_name(struct builder *b, const char *text, uint16_t rule, enum name_role role) {
	char normal[256];
	size_t len = key_normalize(normal, sizeof(normal), text, strlen(text));
	char *copy;

	if (b->entries_len == b->entries_cap) {
		size_t cap = b->entries_cap ? b->entries_cap * 2 : 256;
		struct name_entry *grown = reallocarray(b->entries, cap, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		b->entries = grown;
		b->entries_cap = cap;
	}
	copy = strndup(normal, len);
	if (!copy)
		return -ENOMEM;
	b->entries[b->entries_len++] = (struct name_entry){copy, len, {rule, role}};
	return 0;
}

static int add_names(struct builder *b, const struct rule_strings *names, uint16_t rule, enum name_role role) {
	int err = 0;

	for (size_t i = 0; i < names->len && !err; i++) {
		bool end = role == NAME_KEY && names->items[i][0] == '*';

		err = add_name(b, names->items[i] + end, rule, end ? NAME_KEY_END : role);
	}
	return err;
}

static bool parse_shape(struct builder *b, const struct rule *rule, const char *text, struct shape *ret) {
	size_t at;
	const char *why;

	if (!shape_parse(ret, text, &at, &why))
		return true;
	complain(b, rule, "cannot read the shape", text);
	return false;
}

static struct set_shape *add_shape(struct builder *b, uint16_t rule, const struct shape *shape) {
	struct detect_set *set = b->set;
	struct set_shape *shapes = reallocarray(set->shapes, set->shapes_len + 1, sizeof(*shapes));
	struct shape *copy = malloc(sizeof(*copy));

	if (shapes)
		set->shapes = shapes;
	if (!shapes || !copy) {
		free(copy);
		return NULL;
	}
	*copy = *shape;
	shapes[set->shapes_len] =
	    (struct set_shape){.shape = copy,
	                       .rule = rule,
	                       .max_len = shape_max_len(shape),
	                       .needs_context = set->items[rule].rule->context == RULE_CONTEXT_REQUIRED,
	                       .first_counts = shape->atoms[0].min > 0};
	return &shapes[set->shapes_len++];
}

/* May a value of the shape look like milliseconds since 1970? Then it is one, unless a name nearby speaks for the rule.
 */
static bool may_be_time(const struct shape *shape) {
	return shape_match(shape, "1555555555555", EPOCH_MS_DIGITS) == EPOCH_MS_DIGITS;
}

static int add_shapes(struct builder *b, const struct rule *rule) {
	struct shape shape;

	for (size_t i = 0; i < rule->shapes.len; i++) {
		struct anchor anchor = {
		    .kind = ANCHOR_SHAPE, .index = b->set->shapes_len, .file = rule->file, .line = rule->line};
		int err = 0;

		if (!parse_shape(b, rule, rule->shapes.items[i], &shape))
			continue;
		bool anchored = anchor_of_shape(&shape, &anchor.expression, &anchor.back);
		struct set_shape *added = add_shape(b, rule->index, &shape);
		b->set->items[rule->index].may_be_time |= may_be_time(&shape);
		if (anchored)
			err = anchors_add(&b->set->anchors, &anchor);
		else if (added)
			added->prefix_lens = 1; /* marks it for the digit pass, which says what they are */
		if (err || !added)
			return -ENOMEM;
	}
	return 0;
}

static int add_anchor(struct builder *b, const struct rule *rule) {
	struct set_rule *r = &b->set->items[rule->index];

	r->span = span_find(rule->span ? rule->span : "");
	if (!r->span) {
		complain(b, rule, "there is no span function", rule->span ? rule->span : "");
		return 0;
	}
	if (r->span->source == SPAN_ANCHOR)
		return anchors_add(&b->set->anchors, &(struct anchor){.expression = strdup(rule->anchor),
		                                                      .kind = ANCHOR_SPAN,
		                                                      .index = rule->index,
		                                                      .file = rule->file,
		                                                      .line = rule->line});
	struct set_span_rules *rules = &b->set->spans[r->span->source];
	if (rules->len < sizeof(rules->items) / sizeof(*rules->items))
		rules->items[rules->len++] = rule->index;
	else
		complain(b, rule, "too many rules have the span function", rule->span);
	return 0;
}

static int add_rule(struct builder *b, const struct rule *rule) {
	struct set_rule *r = &b->set->items[rule->index];
	int err = 0;

	*r = (struct set_rule){.rule = rule, .window = rule->context_window ? rule->context_window : WINDOW_DEFAULT};
	if (rule->validator) {
		const struct check *check = check_find(rule->validator);

		if (!check)
			complain(b, rule, "there is no validator", rule->validator);
		r->check = check ? check->fn : NULL;
	}
	if (rule->value) {
		r->value = malloc(sizeof(*r->value));
		if (!r->value)
			return -ENOMEM;
		parse_shape(b, rule, rule->value, r->value);
	}
	r->has_names = rule->context_keywords.len || rule->exclude_near.len;
	if (rule->shapes.len && rule->context == RULE_CONTEXT_REQUIRED)
		b->set->needs_names = true;
	if (r->has_names && b->set->window_max < r->window)
		b->set->window_max = r->window;
	if (rule->anchor)
		err = add_anchor(b, rule);
	if (!err)
		err = add_shapes(b, rule);
	bool needed = rule->context == RULE_CONTEXT_REQUIRED || r->may_be_time;
	if (!err)
		err = add_names(b, &rule->context_keywords, rule->index, needed ? NAME_NEEDED : NAME_CONTEXT);
	if (!err)
		err = add_names(b, &rule->exclude_near, rule->index, NAME_NEAR);
	return err ? err : add_names(b, &rule->keys, rule->index, NAME_KEY);
}

/* Things that have numbers: `order 17`, `orderId=17`. What looks like a person's there does so by chance. */
static const char *const things[] = {
    "artifact", "batch", "bin",      "block",    "build",   "chunk",  "contract", "coupon",   "frame",   "invoice",
    "item",     "job",   "lot",      "merchant", "message", "model",  "order",    "packet",   "page",    "parcel",
    "parent",   "part",  "pipeline", "plan",     "policy",  "preset", "promo",    "quote",    "request", "route",
    "row",      "rule",  "run",      "seed",     "segment", "seq",    "sensor",   "sequence", "serial",  "shard",
    "slot",     "span",  "task",     "thread",   "ticket",  "trace",  "txn",      "voucher",
};

/* What measures, counts, dates and digests are called. */
static const char *const measures[] = {
    "adc",   "amount",  "attempt", "barcode", "blk",     "blkid",    "bytes",      "checksum",  "commit",
    "count", "counter", "crc",     "cusip",   "digest",  "duration", "durationms", "ean",       "elapsed",
    "epoch", "etag",    "gtin",    "handle",  "hash",    "heap",     "hits",       "inode",     "interval",
    "isbn",  "isin",    "issn",    "latency", "len",     "length",   "lsn",        "memory",    "misses",
    "ms",    "msgid",   "nonce",   "ns",      "offset",  "pid",      "port",       "pos",       "position",
    "ppid",  "price",   "range",   "reqid",   "retries", "revision", "rows",       "seqno",     "seqnum",
    "sha",   "size",    "sku",     "tick",    "ticks",   "tid",      "time",       "timestamp", "took",
    "total", "ts",      "txid",    "upc",     "uptime",  "ver",      "version",    "xid",       "zxid",
};

static int add_common_names(struct builder *b) {
	static const char *const ends[] = {"", "id", "no", "number"}, *const values[] = {"value", "val", "v"};
	char name[32];
	int err = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values) && !err; i++)
		err = add_name(b, values[i], 0, NAME_VALUE);
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures) && !err; i++)
		err = add_name(b, measures[i], 0, NAME_FOREIGN);
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++)
		for (size_t k = 0; k < sizeof(ends) / sizeof(*ends) && !err; k++) {
			snprintf(name, sizeof(name), "%s%s", things[i], ends[k]);
			err = add_name(b, name, 0, NAME_FOREIGN);
		}
	return err;
}

/* A table of the shapes that the digit pass has to find; plain: of those that need no context. */
static int build_table(struct builder *b, bool plain, struct digit_table *ret) {
	struct detect_set *set = b->set;
	_cleanup_free_ struct digit_shape *shapes = calloc(set->shapes_len + 1, sizeof(*shapes));
	_cleanup_free_ uint16_t *numbers = calloc(set->shapes_len + 1, sizeof(*numbers));
	size_t len = 0;

	if (!shapes || !numbers)
		return -ENOMEM;
	for (size_t i = 0; i < set->shapes_len; i++) {
		const struct rule *rule = set->items[set->shapes[i].rule].rule;

		if (!set->shapes[i].prefix_lens || (plain && rule->context == RULE_CONTEXT_REQUIRED))
			continue;
		shapes[len].shape = set->shapes[i].shape;
		numbers[len++] = i;
	}
	int err = digit_table_init(ret, shapes, numbers, len);
	for (size_t i = 0; err == -E2BIG && i < len; i++)
		if (shapes[i].too_many || i + 1 == len) {
			const struct rule *rule = set->items[set->shapes[numbers[i]].rule].rule;

			complain(b, rule,
			         "its shapes, with those before it, can be written in more ways than there is room for: fewer "
			         "shapes, or narrower repetitions than in",
			         rule->shapes.items[0]);
			return -EINVAL;
		}
	for (size_t i = 0; i < len && !err && !plain; i++) {
		struct set_shape *s = &set->shapes[numbers[i]];

		s->prefix_lens = shapes[i].prefix_lens;
		for (size_t kind = 0; kind < DIGIT_KINDS; kind++)
			set->items[s->rule].lens[kind] |= shapes[i].lens[kind];
		if (!shapes[i].found)
			complain(b, set->items[s->rule].rule, "no shape of letters only can be found: there is one of",
			         set->items[s->rule].rule->entity);
	}
	return err;
}

static int add_watchlist(struct builder *b, const struct detect_options *o) {
	struct detect_set *set = b->set;

	set->items[set->rules->len].rule = &watchlist_rule;
	if (!o->watchlists_len)
		return 0;
	int err = watchlist_new(&set->watchlist, o->watchlists, o->watchlists_len, b->diags);
	if (err != -EINVAL)
		return err;
	/* Mistakes of the rules are reported along with those of the list. */
	b->failed = true;
	return 0;
}

static int build(struct builder *b, const struct detect_options *o) {
	struct detect_set *set = b->set;
	const char *columns = "[Vv][Aa][Ll][Uu][Ee][Ss] ?\\(|\\)=\\(";
	int err = add_watchlist(b, o);

	for (size_t i = 0; i < set->rules->len && !err; i++)
		if (detect_is_in_force(&set->rules->items[i], o))
			err = add_rule(b, &set->rules->items[i]);
	if (!err)
		err = add_common_names(b);
	if (!err)
		err = build_table(b, true, &set->digits_plain);
	if (!err)
		err = build_table(b, false, &set->digits);
	if (!err && b->entries_len)
		err = anchors_add(&set->anchors, &(struct anchor){.expression = strdup(columns), .kind = ANCHOR_COLUMNS});
	if (!err)
		err = names_init(&set->names, b->entries, b->entries_len);
	if (!err && b->failed)
		err = -EINVAL;
	return err ? err : anchors_compile(&set->anchors, o->cache_dir, o->compiler_fd, b->diags);
}

int detect_set_new(struct detect_set **ret, const struct rules *rules, const struct detect_options *options,
                   struct diags *ret_diags) {
	struct detect_set *set;
	struct builder b = {.diags = ret_diags};
	int err = -ENOMEM;

	if (hs_valid_platform() != HS_SUCCESS)
		return -ENOTSUP;
	set = b.set = calloc(1, sizeof(*set));
	if (!set)
		return -ENOMEM;
	set->rules = rules;
	set->anywhere = options->anywhere;
	set->min_confidence = options->min_confidence > 0 ? options->min_confidence : CONFIDENCE_DEFAULT;
	set->items = calloc(rules->len + 1, sizeof(*set->items));
	if (set->items)
		err = rules->len < UINT16_MAX ? build(&b, options) : -ENOMEM;
	for (size_t i = 0; i < b.entries_len; i++)
		free((char *)b.entries[i].text);
	free(b.entries);
	if (err) {
		detect_set_free(set);
		return err;
	}
	*ret = set;
	return 0;
}

void detect_set_free(struct detect_set *set) {
	if (!set)
		return;
	for (size_t i = 0; set->items && i < set->rules->len; i++)
		free(set->items[i].value);
	free(set->items);
	for (size_t i = 0; i < set->shapes_len; i++)
		free(set->shapes[i].shape);
	free(set->shapes);
	digit_table_release(&set->digits);
	digit_table_release(&set->digits_plain);
	names_release(&set->names);
	anchors_release(&set->anchors);
	watchlist_free(set->watchlist);
	free(set);
}

size_t detect_places(const struct detect_set *set) {
	return set->rules->len + 1;
}

const struct rule *detect_rule_at(const struct detect_set *set, size_t place) {
	return place == set->rules->len && !set->watchlist ? NULL : set->items[place].rule;
}

size_t detect_place_of(const struct detect_set *set, const struct rule *rule) {
	return rule == &watchlist_rule ? set->rules->len : rule->index;
}
