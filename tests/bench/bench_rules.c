/* SPDX-License-Identifier: MIT */
/*
 * Speed over the number of rules, on logs without personal data: of all rules, in the order of their files; of those
 * with a literal anchor alone; and of the complete default rules with made-up ones that have a literal anchor, as a
 * user adds them. Medians of interleaved repeats in CPU time. Run from the root: bench_rules [RULES_DIR].
 */
#include "base/buf.h"
#include "base/file.h"
#include "detect/detect.h"
#include "rule/shape.h"
#include "tests/bench/bench.h"
#include "tests/bench/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_BYTES (8u << 20)
#define REPEATS 9
#define STEP 50 /* rules */
#define POINTS_MAX 40
#define MADE_UP 200
#define LITERAL_MIN 3

struct ids {
	const char **items;
	size_t len;
};

static void add_id(struct ids *ids, const char *id) {
	ids->items = reallocarray(ids->items, ids->len + 1, sizeof(*ids->items));
	if (!ids->items)
		abort();
	ids->items[ids->len++] = id;
}

static bool is_literal(const struct rule *r) {
	bool literal = r->shapes.len;
	const char *why;
	struct shape s;
	size_t at;

	for (size_t i = 0; i < r->shapes.len; i++)
		literal &= !shape_parse(&s, r->shapes.items[i], &at, &why) && shape_literal_len(&s) >= LITERAL_MIN;
	return literal;
}

static bool is_made_up(const struct rule *r) {
	return !strncmp(r->id, "bench.", 6);
}

/* Tokens of services that do not exist, each with a prefix of its own. */
static int write_made_up(const char *dir) {
	static const char *const syllables[] = {"ba", "ke", "lo", "mi", "nu", "ra", "se", "to", "vi", "zu"};
	char path[64];
	struct buf b = {0};

	buf_printf(&b, "rules:\n");
	for (unsigned i = 0; i < MADE_UP; i++) {
		const char *x = syllables[i % 10], *y = syllables[i / 10 % 10], *z = i < 100 ? "da" : "po";

		buf_printf(
		    &b,
		    "  - {id: bench.token-%u, name: Token, entity: 'SECRET:made-up', category: credential, region: global, "
		    "severity: low, impact: 1, confidence: {base: 0.9}, find: {shapes: ['%s%s%s_[0-9A-Za-z]{24}']}, "
		    "remediation: None., examples: ['key «%s%s%s_0123456789abcdefghijklmn»']}\n",
		    i, x, y, z, x, y, z);
	}
	snprintf(path, sizeof(path), "%s/made_up.yaml", dir);
	int err = file_write_atomic(path, b.data, b.len, 0600);
	buf_release(&b);
	return err;
}

/* One way to add rules: the first of its ids are in force. */
struct series {
	const char *name;
	struct ids ids;
};

/* One set of rules that is measured. */
struct point {
	const struct series *series;
	size_t rules;
	struct detect_set *set;
	struct detector *detector;
};

struct points {
	struct point items[POINTS_MAX];
	size_t len;
};

/* Nothing, when the series has not as many rules. */
static void add_point(struct points *p, const struct rules *rules, const struct series *s, size_t count) {
	const struct detect_options o = {.only = s->ids.items, .only_len = count};
	struct point *point = &p->items[p->len];
	struct diags diags = {0};

	if (!count || count > s->ids.len)
		return;
	if (p->len == POINTS_MAX)
		abort();
	*point = (struct point){s, count, NULL, NULL};
	if (detect_set_new(&point->set, rules, &o, &diags) || detector_new(&point->detector, point->set)) {
		diags_print(&diags, stderr);
		exit(2);
	}
	diags_release(&diags);
	p->len++;
}

static void count_match(void *arg, const struct detect_match *m) {
	(void)m;
	++*(uint64_t *)arg;
}

static void bench_log(const struct points *points, const struct log_kind *kind) {
	double seconds[POINTS_MAX][REPEATS];
	size_t rounds = bench_rounds(REPEATS);
	struct buf b = {0};
	struct detect_text *texts;
	uint64_t matches = 0;

	while (b.len < LOG_BYTES)
		kind->line(&b);
	size_t n = split_lines(&b, &texts);
	for (size_t i = 0; i < rounds; i++)
		for (size_t k = 0; k < points->len; k++) {
			double start = cpu_seconds();

			if (!texts || detector_scan(points->items[k].detector, b.data, b.len, texts, n, count_match, &matches))
				abort();
			seconds[k][i] = cpu_seconds() - start;
		}
	for (size_t k = 0; k < points->len; k++) {
		const struct point *p = &points->items[k];
		double mb_s = (double)b.len / bench_quantile(seconds[k], rounds, 0.5) / 1e6;

		printf("%-34s %-11s %5zu %6.0f\n", p->series->name, kind->name, p->rules, mb_s);
		bench_row("{s:s, s:s, s:i, s:f}", "series", p->series->name, "log", kind->name, "rules", (int)p->rules, "mb_s",
		          mb_s);
	}
	free(texts);
	buf_release(&b);
}

static void bench_all(const struct rules *rules) {
	struct series all = {.name = "default rules"}, literal = {.name = "rules with a literal anchor alone"};
	struct series added = {.name = "default rules and literal anchors"};
	static struct points points;

	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *r = &rules->items[i];

		if (r->opt_in)
			continue;
		if (is_literal(r))
			add_id(&literal.ids, r->id);
		if (!is_made_up(r)) {
			add_id(&all.ids, r->id);
			add_id(&added.ids, r->id);
		}
	}
	for (size_t i = 0; i < rules->len; i++)
		if (is_made_up(&rules->items[i]))
			add_id(&added.ids, rules->items[i].id);
	for (size_t n = STEP; n < all.ids.len; n += STEP)
		add_point(&points, rules, &all, n);
	add_point(&points, rules, &all, all.ids.len);
	for (size_t n = STEP / 2; n <= literal.ids.len; n += STEP)
		add_point(&points, rules, &literal, n);
	for (size_t n = 0; n <= MADE_UP; n += STEP)
		add_point(&points, rules, &added, all.ids.len + n);
	printf("%-34s %-11s %5s %6s\n", "series", "log", "rules", "MB/s");
	bench_log(&points, &log_kinds[LOG_WEB]);
	bench_log(&points, &log_kinds[LOG_JAVA]);
	for (size_t i = 0; i < points.len; i++) {
		detector_free(points.items[i].detector);
		detect_set_free(points.items[i].set);
	}
	free(all.ids.items);
	free(literal.ids.items);
	free(added.ids.items);
}

int main(int argc, char **argv) {
	char dir[] = "/tmp/bench_rules.XXXXXX", path[64];
	const char *dirs[] = {argc > 1 ? argv[1] : "rules", dir};
	struct diags diags = {0};
	struct rules *rules = NULL;

	if (!mkdtemp(dir) || write_made_up(dir) || rules_load(&rules, dirs, 2, &diags))
		diags_print(&diags, stderr);
	else
		bench_all(rules);
	snprintf(path, sizeof(path), "%s/made_up.yaml", dir);
	unlink(path);
	rmdir(dir);
	diags_release(&diags);
	bool done = rules;
	rules_free(rules);
	return done ? 0 : 2;
}
