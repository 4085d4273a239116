/* SPDX-License-Identifier: MIT */
/*
 * Any bytes: what one rule finds in them is what trying everything everywhere finds; what all rules together find is in
 * order, without overlap, within its text, and the same whatever stands beside the text.
 */
#include "fuzz.h"

#include "../rules/reference.h"

#include "record/record.h"

#define ALONE_MAX 300

static struct rules *rules;
static struct detect_set *all;
static struct detector *detector;

static struct reference **references; /* made when they are first asked for */

static void set_up(void) {
	static const char *const dirs[] = {"rules"};
	struct diags diags = {0};
	must(!rules_load(&rules, dirs, 1, &diags), "the rules");
	must(!detect_set_new(&all, rules, &(struct detect_options){0}, &diags), "a set of all rules");
	must(!detector_new(&detector, all), "memory");
	must((references = calloc(rules->len, sizeof(*references))) != NULL, "memory");
}

static const struct reference *reference_at(size_t i) {
	if (!references[i]) {
		must((references[i] = calloc(1, sizeof(*references[i]))) != NULL, "memory");
		reference_init(references[i], &rules->items[i], NULL);
	}
	return references[i];
}

/* Where shapes stand, escapes have rules of their own; so have columns, `VALUES (` and `)=(`. */
static bool is_special(const uint8_t *data, size_t i) {
	bool columns = i && data[i] == '(' && (data[i - 1] == '=' || data[i - 1] == ' ' || (data[i - 1] | 32) == 's');
	return columns || data[i] == '\\' || data[i] == '%';
}

static void compare(const struct reference *r, const uint8_t *data, size_t size) {
	struct seen got, want;
	struct text t = {.len = size};
	for (size_t i = 0; i < size; i++)
		t.s[i] = r->rule.shapes.len && is_special(data, i) ? ' ' : (char)data[i];
	fast_scan(r, &t, &got);
	slow_scan(r, &t, 0, &want);
	if (is_same(&got, &want))
		return;
	fprintf(stderr, "%s\n", r->rule.id);
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

static bool is_same_match(const struct detect_match *a, const struct detect_match *b) {
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
		must(is_same_match(&alone.items[i], &between.items[i]), "nor another one of it");
	free(block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (!rules)
		set_up();
	if (size < 3)
		return 0;
	compare(reference_at((data[0] | data[1] << 8) % rules->len), data + 2, size - 2 < ALONE_MAX ? size - 2 : ALONE_MAX);
	/* One line is one text. */
	const uint8_t *end = memchr(data + 2, '\n', size - 2);
	scan_all(data + 2, end ? (size_t)(end - data) - 2 : size - 2);
	return 0;
}
