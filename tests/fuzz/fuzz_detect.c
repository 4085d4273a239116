/* SPDX-License-Identifier: MIT */
/*
 * Any bytes: what the shapes of one rule find in them is what trying every shape at every byte finds; what all rules
 * together find is in order, without overlap, within its text, and the same whatever stands beside the text.
 */
#include "fuzz.h"

#include "../rules/reference.h"

#include "record/record.h"

#define ALONE_MAX 300
#define SHAPES_MAX 64

static struct rules *rules;
static struct detect_set *all;
static struct detector *detector;

/* A rule's shapes and nothing else of it: compiled when it is first asked for. */
struct bare {
	struct rule rule;
	struct rules rules;
	struct detect_set *set;
	struct detector *detector;
	struct shape shapes[SHAPES_MAX];
};
static struct bare **bare;
static size_t bare_len;

static void set_up(void) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	must(!rules_load(&rules, dirs, 1, &diags), "the rules");
	must(!detect_set_new(&all, rules, &(struct detect_options){0}, &diags), "a set of all rules");
	must(!detector_new(&detector, all), "memory");
	must((bare = calloc(rules->len, sizeof(*bare))) != NULL, "memory");
	for (size_t i = 0; i < rules->len; i++)
		bare_len += rules->items[i].shapes.len > 0;
}

static void compile(struct bare *b, const struct rule *of) {
	struct diags diags = {0};
	const char *why;
	size_t at;
	b->rule = (struct rule){
	    .id = of->id, .entity = of->entity, .confidence = 0.9f, .shapes = of->shapes, .context = RULE_CONTEXT_NONE};
	b->rules = (struct rules){.items = &b->rule, .len = 1};
	must(of->shapes.len <= SHAPES_MAX, "not more shapes");
	for (size_t i = 0; i < of->shapes.len; i++)
		must(!shape_parse(&b->shapes[i], of->shapes.items[i], &at, &why), "shapes are sound");
	must(!detect_set_new(&b->set, &b->rules, &(struct detect_options){.anywhere = true}, &diags), "a set of one rule");
	must(!detector_new(&b->detector, b->set), "memory");
}

static struct bare *bare_rule(size_t n) {
	for (size_t i = 0; i < rules->len; i++) {
		if (!rules->items[i].shapes.len || n--)
			continue;
		if (!bare[i]) {
			must((bare[i] = calloc(1, sizeof(*bare[i]))) != NULL, "memory");
			compile(bare[i], &rules->items[i]);
		}
		return bare[i];
	}
	abort();
}

/* Escapes have rules of their own; so have columns, `VALUES (` and `)=(`. */
static bool is_special(const uint8_t *data, size_t i) {
	bool columns = i && data[i] == '(' && (data[i - 1] == '=' || data[i - 1] == ' ' || (data[i - 1] | 32) == 's');
	return columns || data[i] == '\\' || data[i] == '%';
}

static void compare(struct bare *b, const uint8_t *data, size_t size) {
	struct seen got = {.len = 0}, want = {.len = 0};
	struct text t = {.len = size};
	for (size_t i = 0; i < size; i++)
		t.s[i] = is_special(data, i) ? ' ' : (char)data[i];
	const struct detect_text whole = {0, (uint32_t)size};
	must(!detector_scan(b->detector, t.s, size, &whole, 1, note, &got), "it scans");
	slow_scan(b->shapes, b->rule.shapes.len, &t, 0, &want);
	if (got.len == want.len && !memcmp(got.items, want.items, got.len * sizeof(*got.items)))
		return;
	fprintf(stderr, "%s\n", b->rule.id);
	for (size_t i = 0; i < got.len; i++)
		fprintf(stderr, "found %zu-%zu\n", got.items[i].start, got.items[i].end);
	for (size_t i = 0; i < want.len; i++)
		fprintf(stderr, "by trying everything %zu-%zu\n", want.items[i].start, want.items[i].end);
	must(false, "the engine finds what trying everything finds");
}

struct matches {
	struct detect_match items[512];
	size_t len;
	uint32_t text_len;
};

static void keep(void *arg, const struct detect_match *m) {
	struct matches *s = arg;
	if (m->text != (s->text_len ? 0u : 1u))
		return;
	must(m->start < m->end && m->key_start <= m->key_end, "a match has a length");
	if (s->len < 512)
		s->items[s->len++] = *m;
}

static bool is_same(const struct detect_match *a, const struct detect_match *b) {
	return a->rule == b->rule && a->start == b->start && a->end == b->end && a->key_start == b->key_start &&
	       a->key_end == b->key_end && a->class == b->class && a->confidence == b->confidence;
}

/* Alone, and as the second of three lines. */
static void scan_all(const uint8_t *data, size_t size) {
	static const char before[] = "card email password: 4571 99\n", after[] = "\n12 3456 7893 @kuusikoti.fi";
	static struct matches alone, between;
	size_t len = sizeof(before) - 1 + size + sizeof(after) - 1;
	char *block = calloc(1, len + RECORD_PADDING_BYTES);
	must(block, "memory");
	memcpy(block, data, size);
	alone.len = between.len = 0;
	alone.text_len = (uint32_t)size;
	const struct detect_text whole = {0, (uint32_t)size};
	must(!detector_scan(detector, block, size, &whole, 1, keep, &alone), "it scans");
	for (size_t i = 0; i < alone.len; i++) {
		must(alone.items[i].end <= size && alone.items[i].key_end <= size, "a match lies in its text");
		must(!i || alone.items[i - 1].end <= alone.items[i].start, "in order, without overlap");
	}
	memcpy(block, before, sizeof(before) - 1);
	memcpy(block + sizeof(before) - 1, data, size);
	memcpy(block + sizeof(before) - 1 + size, after, sizeof(after) - 1);
	const struct detect_text three[] = {{0, sizeof(before) - 2},
	                                    {sizeof(before) - 1, (uint32_t)size},
	                                    {(uint32_t)(sizeof(before) + size), sizeof(after) - 2}};
	must(!detector_scan(detector, block, len, three, 3, keep, &between), "it scans");
	must(alone.len == between.len, "what stands beside a text makes no match and takes none");
	for (size_t i = 0; i < alone.len; i++)
		must(is_same(&alone.items[i], &between.items[i]), "nor another one of it");
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (!rules)
		set_up();
	if (size < 2)
		return 0;
	struct bare *b = bare_rule(*data % bare_len);
	compare(b, data + 1, size - 1 < ALONE_MAX ? size - 1 : ALONE_MAX);
	/* One line is one text. */
	const uint8_t *end = memchr(data + 1, '\n', size - 1);
	scan_all(data + 1, end ? (size_t)(end - data) - 1 : size - 1);
	return 0;
}
