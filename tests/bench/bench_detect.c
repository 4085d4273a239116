/* SPDX-License-Identifier: MIT */
/*
 * How fast the rules of a directory (default: rules) are applied to generated logs, against bare Hyperscan on the same
 * bytes: medians of interleaved repeats in CPU time of one thread, so that a busy machine does not count. "bare" is
 * all that has to be sighted, keys, addresses and digits included, as expressions, hits only counted; "literal" is
 * what of it the detector leaves to Hyperscan. Run from the root: bench_detect [RULES_DIR].
 */
#include "base/buf.h"
#include "base/clock.h"
#include "detect/set.h"
#include "tests/bench/bench.h"
#include "tests/bench/logs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_BYTES (8u << 20)
#define BLOCK_BYTES (64u << 10)
#define REPEATS 9

static void count_match(void *arg, const struct detect_match *m) {
	(void)m;
	++*(uint64_t *)arg;
}

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg) {
	(void)id, (void)from, (void)to, (void)flags;
	++*(uint64_t *)arg;
	return 0;
}

/* What the detector finds in C: numbers of people and cards, IBANs, and the like, loosened as far as is of use. */
static const char *const triggers[] = {"[0-9]{8}",
                                       "[0-9]{3}[ .-][0-9]{2,3}[ .-][0-9]",
                                       "[0-9]{4}[ -][0-9]{4}[ -]",
                                       "[0-9]{2}\\.[0-9]{2,3}\\.[0-9]",
                                       "[0-9]{6}[-+/][0-9]{3}",
                                       "[A-Z]{2}[0-9]{2} ?[0-9A-Z]{4}",
                                       "[A-Z]{1,3}[0-9]{6}",
                                       "[0-9]{7}[A-Z]"};

struct bare {
	hs_database_t *db;
	hs_scratch_t *scratch;
};

struct expressions {
	char **items;
	size_t len;
};

static void add_expression(struct expressions *e, char *expression) {
	for (size_t i = 0; i < e->len; i++)
		if (!strcmp(e->items[i], expression)) {
			free(expression);
			return;
		}
	e->items = reallocarray(e->items, e->len + 1, sizeof(*e->items));
	if (!e->items || !expression)
		abort();
	e->items[e->len++] = expression;
}

/* A key and what may stand between it and its value. */
static char *key_expression(const char *key) {
	struct buf b = {0};

	buf_printf(&b, "(?i)");
	for (const char *c = key + (*key == '*'); *c; c++)
		if (*c == ' ' || *c == '_' || *c == '-')
			buf_printf(&b, "[ _-]?");
		else
			buf_printf(&b, "\\x%02x", (unsigned char)*c);
	buf_printf(&b, "[\"'\\\\\\]]{0,3} ?[:=>]");
	return b.data;
}

static struct bare bare_new(const struct expressions *e) {
	struct bare bare = {0};
	hs_compile_error_t *error;
	unsigned *flags = calloc(e->len, sizeof(*flags)), *ids = calloc(e->len, sizeof(*ids));

	for (size_t i = 0; flags && ids && i < e->len; i++) {
		flags[i] = HS_FLAG_DOTALL;
		ids[i] = i;
	}
	if (hs_compile_multi((const char *const *)e->items, flags, ids, e->len, HS_MODE_BLOCK, NULL, &bare.db, &error) !=
	        HS_SUCCESS ||
	    hs_alloc_scratch(bare.db, &bare.scratch) != HS_SUCCESS)
		abort();
	free(flags);
	free(ids);
	return bare;
}

static void bare_release(struct bare *bare) {
	hs_free_scratch(bare->scratch);
	hs_free_database(bare->db);
}

/* Anchors of shapes that begin with literals and of span functions; of all rules in force: also keys and triggers. */
static struct bare bare_of_set(const struct detect_set *set, bool all) {
	struct expressions e = {0};

	for (size_t i = 0; i < set->anchors.len; i++)
		add_expression(&e, strdup(set->anchors.items[i].expression));
	for (size_t i = 0; all && i < set->rules->len; i++) {
		const struct rule *rule = set->items[i].rule;

		if (rule && rule->anchor)
			add_expression(&e, strdup(rule->anchor));
		for (size_t k = 0; rule && k < rule->keys.len; k++)
			add_expression(&e, key_expression(rule->keys.items[k]));
	}
	for (size_t i = 0; all && i < sizeof(triggers) / sizeof(*triggers); i++)
		add_expression(&e, strdup(triggers[i]));
	struct bare bare = bare_new(&e);
	for (size_t i = 0; i < e.len; i++)
		free(e.items[i]);
	free(e.items);
	return bare;
}

static double bare_seconds(const struct bare *bare, const struct buf *b) {
	uint64_t hits = 0;
	double start = cpu_seconds();

	for (size_t at = 0; at < b->len; at += BLOCK_BYTES) {
		size_t len = b->len - at < BLOCK_BYTES ? b->len - at : BLOCK_BYTES;

		if (hs_scan(bare->db, b->data + at, len, 0, bare->scratch, count_hit, &hits) != HS_SUCCESS)
			abort();
	}
	return cpu_seconds() - start;
}

static int compare(const void *a, const void *b) {
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n) {
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

static void bench_kind(const struct detect_set *set, const struct log_kind *kind) {
	struct buf b = {0};
	struct detect_text *texts;
	struct detector *d;
	struct bare literals = bare_of_set(set, false), all = bare_of_set(set, true);
	struct detect_counters before, after;
	double full[REPEATS], literal[REPEATS], bare[REPEATS];
	uint64_t matches = 0;

	while (b.len < LOG_BYTES)
		kind->line(&b);
	size_t n = split_lines(&b, &texts);
	if (!texts || detector_new(&d, set))
		abort();
	for (int i = 0; i < REPEATS; i++) {
		bare[i] = bare_seconds(&all, &b);
		literal[i] = bare_seconds(&literals, &b);
		detector_counters(d, &before);
		double start = cpu_seconds();
		if (detector_scan(d, b.data, b.len, texts, n, count_match, &matches))
			abort();
		full[i] = cpu_seconds() - start;
	}
	detector_counters(d, &after);
	double f = (double)b.len / median(full, REPEATS) / 1e6, h = (double)b.len / median(bare, REPEATS) / 1e6;
	printf("%-30s %8.0f %8.0f %6.2f %8.0f %8.2f %8.2f %8.2f %8.2f\n", kind->name, f, h, f / h,
	       (double)b.len / median(literal, REPEATS) / 1e6, (double)(after.anchor_hits - before.anchor_hits) / (double)n,
	       (double)(after.digit_hits - before.digit_hits) / (double)n,
	       (double)(after.key_hits - before.key_hits) / (double)n,
	       (double)(after.matches - before.matches) / (double)n);
	bench_row("{s:s, s:i, s:f, s:f}", "log", kind->name, "rules", (int)set->rules->len, "mb_s", f, "bare_mb_s", h);
	bare_release(&all);
	bare_release(&literals);
	detector_free(d);
	free(texts);
	buf_release(&b);
}

static struct detect_set *compile(const struct rules *rules, const char *cache_dir, double *ret_ms) {
	struct diags diags = {0};
	struct detect_set *set = NULL;
	uint64_t start = clock_monotonic_ns();

	if (detect_set_new(&set, rules, &(struct detect_options){.cache_dir = cache_dir}, &diags))
		diags_print(&diags, stderr);
	*ret_ms = (double)(clock_monotonic_ns() - start) * 1e-6;
	diags_release(&diags);
	return set;
}

static void bench_start(const struct rules *rules, double load_ms) {
	char dir[] = "/tmp/bench_detect.XXXXXX", command[64];
	double cold_ms, warm_ms;
	struct rusage u;

	if (!mkdtemp(dir))
		return;
	detect_set_free(compile(rules, dir, &cold_ms));
	detect_set_free(compile(rules, dir, &warm_ms));
	getrusage(RUSAGE_SELF, &u);
	printf("rules %zu: read in %.1f ms, compiled in %.1f ms, from the cache in %.1f ms; %.1f MiB resident\n",
	       rules->len, load_ms, cold_ms, warm_ms, (double)u.ru_maxrss / 1024);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	if (system(command))
		perror(command);
}

int main(int argc, char **argv) {
	const char *dirs[] = {argc > 1 ? argv[1] : "rules"};
	struct rules *rules;
	struct diags diags = {0};
	double ms;
	uint64_t start = clock_monotonic_ns();

	if (rules_load(&rules, dirs, 1, &diags)) {
		diags_print(&diags, stderr);
		return 2;
	}
	bench_start(rules, (double)(clock_monotonic_ns() - start) * 1e-6);
	struct detect_set *set = compile(rules, NULL, &ms);
	if (!set)
		return 2;
	printf("%-30s %8s %8s %6s %8s %8s %8s %8s %8s\n", "log", "MB/s", "bare", "ratio", "literal", "anchors", "groups",
	       "keys", "matches");
	for (size_t i = 0; i < LOG_KINDS; i++)
		bench_kind(set, &log_kinds[i]);
	detect_set_free(set);
	rules_free(rules);
	return 0;
}
