/* SPDX-License-Identifier: MIT */
/*
 * What watch lists cost: the complete rules without a list, with 1,000 and with 100,000 values. Logs without a value of
 * the list, but with such as are like them: the same domain, the same prefix, as many random digits. Medians of
 * interleaved repeats in CPU time. Run from the root: bench_watchlist [RULES_DIR].
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "detect/detect.h"
#include "tests/bench/bench.h"
#include "tests/bench/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOG_BYTES (4u << 20)
#define REPEATS 9
#define SIZES 3

static const unsigned sizes[SIZES] = {0, 1000, 100000};

static void value_mail(struct buf *b) {
	static const char *const names[] = {"aino", "matti", "sofia", "pekka"}, *const hosts[] = {"kuusikoti.fi",
	                                                                                          "posthuis.nl"};
	buf_printf(b, "%s.%07u@%s", names[below(4)], below(10000000), hosts[below(2)]);
}

static void put_syllables(struct buf *b, unsigned n) {
	static const char *const syllables[] = {"ma", "ki", "len", "ro", "sa", "ti", "vo", "nen", "ha", "jo", "lu", "per"};

	while (n--)
		buf_printf(b, "%s", syllables[below(12)]);
}

/* Words as long and as short as those of a log. */
static void value_person(struct buf *b) {
	put_syllables(b, 2 + below(2));
	buf_printf(b, ".");
	put_syllables(b, 2 + below(3));
	buf_printf(b, "@%s", below(2) ? "kuusikoti.fi" : "posthuis.nl");
}

static void value_user(struct buf *b) {
	buf_printf(b, "user-%09u", below(1000000000));
}

static void value_token(struct buf *b) {
	buf_printf(b, "%08x%08x", any(), any());
}

static void value_phone(struct buf *b) {
	buf_printf(b, "+35840%07u", below(10000000));
}

static const struct {
	const char *name;
	void (*put)(struct buf *b);
} lists[] = {{"numbered mail", value_mail},
             {"mail of people", value_person},
             {"user-NNN", value_user},
             {"tokens", value_token},
             {"telephones", value_phone}};

/* Each with something like a value of some list. */
static void line_alike(struct buf *b) {
	buf_printf(b, "2026-11-22 %02u:%02u:%02u INFO session ", below(24), below(60), below(60));
	lists[below(sizeof(lists) / sizeof(*lists))].put(b);
	buf_printf(b, " of service at kuusikoti.fi for user-agent posthuis ended after %u ms\n", below(5000));
}

static const struct {
	const char *name;
	void (*put)(struct buf *b);
} logs[] = {{"web server", line_nginx}, {"Java", line_java}, {"alike", line_alike}};

static void count_match(void *arg, const struct detect_match *m) {
	(void)m;
	++*(uint64_t *)arg;
}

static void bench_log(struct detector *const *detectors, size_t log, const char *list) {
	struct buf b = {0};
	struct detect_text *texts;
	double seconds[SIZES][REPEATS], mb_s[SIZES];
	uint64_t matches[SIZES] = {0};

	while (b.len < LOG_BYTES)
		logs[log].put(&b);
	size_t n = split_lines(&b, &texts);
	for (size_t i = 0; i < REPEATS; i++)
		for (size_t k = 0; k < SIZES; k++) {
			double start = cpu_seconds();

			if (!texts || detector_scan(detectors[k], b.data, b.len, texts, n, count_match, &matches[k]))
				abort();
			seconds[k][i] = cpu_seconds() - start;
		}
	for (size_t k = 0; k < SIZES; k++)
		mb_s[k] = (double)b.len / bench_quantile(seconds[k], REPEATS, 0.5) / 1e6;
	printf("%-15s %-11s %7.0f %7.0f %7.0f %7.2f %7.2f %9.1f\n", list, logs[log].name, mb_s[0], mb_s[1], mb_s[2],
	       mb_s[1] / mb_s[0], mb_s[2] / mb_s[0], ((double)matches[2] - (double)matches[0]) / REPEATS);
	for (size_t k = 0; k < SIZES; k++)
		bench_row("{s:s, s:s, s:i, s:f}", "list", list, "log", logs[log].name, "values", (int)sizes[k], "mb_s",
		          mb_s[k]);
	free(texts);
	buf_release(&b);
}

/* NULL on failure, with the reason said. */
static struct detect_set *set_of(const struct rules *rules, const char *dir, size_t list, unsigned len) {
	char path[64];
	const char *const paths[] = {path};
	const struct detect_options o = {.cache_dir = dir, .watchlists = paths, .watchlists_len = len > 0};
	struct diags diags = {0};
	struct detect_set *set = NULL;
	struct buf b = {0};

	snprintf(path, sizeof(path), "%s/list", dir);
	for (unsigned i = 0; i < len; i++) {
		lists[list].put(&b);
		buf_append(&b, "\n", 1);
	}
	uint64_t start = 0;
	if (!len || !file_write_atomic(path, b.data, b.len, 0600)) {
		start = clock_monotonic_ns();
		detect_set_new(&set, rules, &o, &diags);
	}
	if (len == sizes[SIZES - 1])
		printf("%-15s %u values: ready in %.0f ms with all rules\n", lists[list].name, len,
		       (double)(clock_monotonic_ns() - start) * 1e-6);
	diags_print(&diags, stderr);
	diags_release(&diags);
	buf_release(&b);
	return set;
}

static void bench_list(const struct rules *rules, const char *dir, size_t list) {
	struct detect_set *sets[SIZES];
	struct detector *detectors[SIZES];

	for (size_t k = 0; k < SIZES; k++) {
		sets[k] = set_of(rules, dir, list, sizes[k]);
		if (!sets[k] || detector_new(&detectors[k], sets[k]))
			exit(2);
	}
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		bench_log(detectors, i, lists[list].name);
	for (size_t k = 0; k < SIZES; k++) {
		detector_free(detectors[k]);
		detect_set_free(sets[k]);
	}
}

int main(int argc, char **argv) {
	const char *rules_dir = argc > 1 ? argv[1] : "rules";
	char dir[] = "/tmp/bench_watchlist.XXXXXX", command[64];
	struct diags diags = {0};
	struct rules *rules;

	if (rules_load(&rules, &rules_dir, 1, &diags) || !mkdtemp(dir)) {
		diags_print(&diags, stderr);
		return 2;
	}
	printf("%-15s %-11s %7s %7s %7s %15s %9s\n", "list", "log", "none", "1,000", "100,000", "MB/s; ratios", "found");
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		bench_list(rules, dir, i);
	rules_free(rules);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) ? 2 : 0;
}
