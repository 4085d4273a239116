/* SPDX-License-Identifier: MIT */
/* The same through the real program and its default rules: each planted value is found, or lies in a counted loss. */
#include "program.h"
#include "writers.h"

#define SHORT_WRITES 16000

static void run_program(struct watch *w, struct workload *l, const char *ring, const char *workers,
                        json_t **ret_findings, json_t **ret_summary) {
	char sinks[3][140], seed[24], rounds[24], all[24], self[300] = "";
	struct drains drains;
	struct program program;
	drains_start(&drains, l);
	writers_sinks(l, sinks);
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)l->seed);
	snprintf(rounds, sizeof(rounds), "%u", l->rounds);
	snprintf(all, sizeof(all), "%u", WRITERS_ALL);
	const char *args[] = {"run",       "-f",     "jsonl",  "--ring-size", ring,
	                      "--workers", workers,  "--sink", sinks[0],      "--sink",
	                      sinks[1],    "--sink", sinks[2], "--",          self,
	                      "--writers", l->dir,   seed,     rounds,        l->plain ? "1" : "0",
	                      all,         "0",      NULL};
	program_start(&program, w, drains.out, args);
	program_join(&program, 99, 99);
	drains_end(&drains);
	program_read(&program, ret_findings, ret_summary);
	printf("NOTE: %llu bytes in %llu writes, lost %llu and %llu for want of room; found %llu values\n",
	       (unsigned long long)amount(*ret_summary, "seen", "bytes", NULL),
	       (unsigned long long)amount(*ret_summary, "seen", "writes", NULL),
	       (unsigned long long)amount(*ret_summary, "lost", "ring_full", "bytes"),
	       (unsigned long long)amount(*ret_summary, "lost", "ring_full", "writes"),
	       (unsigned long long)found(*ret_findings, NULL));
}

/* As watch_finish() does. */
static void skip_when_missed(json_t *summary) {
	const json_t *spots = json_object_get(summary, "blind_spots");
	for (size_t i = 0; kernel_is_since(7, 0) && i < json_array_size(spots); i++)
		if (strstr(json_string_value(json_array_get(spots, i)), "missed_calls"))
			skip_because("the kernel left our programs out at some calls, and counted them");
}

static void check_books(json_t *summary, const struct workload_sums *sums) {
	assert_balanced(summary);
	assert_in_range(amount(summary, "seen", "bytes", NULL), 0, sums->all_bytes);
	skip_when_missed(summary);
	assert_int_equal(amount(summary, "seen", "bytes", NULL), sums->all_bytes);
	/* sendfile() may have needed more calls than one. */
	uint64_t unread = amount(summary, "lost", "unsupported", "writes");
	assert_in_range(amount(summary, "seen", "writes", NULL), sums->all_writes, sums->all_writes + unread);
	const json_t *spots = json_object_get(summary, "blind_spots");
	if (json_array_size(spots) != (unread > 0))
		fail_msg("blind spots: %s", json_dumps(spots, 0));
}

/* A write that is lost takes two values with it at most: the end of one and the beginning of another. */
static void find_every_planted_value(struct watch *w, const char *workers) {
	struct workload l;
	struct workload_sums sums;
	json_t *findings, *summary;
	workload_init(&l, SHORT_WRITES, 1, w->dir);
	workload_sum(&l, &sums);
	run_program(w, &l, l.rounds > 50 ? "512M" : "64M", workers, &findings, &summary);
	check_books(summary, &sums);
	uint64_t emails = found(findings, "EMAIL"), cards = found(findings, "CREDIT_CARD"),
	         planted = sums.values[VALUE_EMAIL] + sums.values[VALUE_CARD],
	         lost = amount(summary, "lost", "ring_full", "writes");
	assert_in_range(emails, 1, sums.values[VALUE_EMAIL]);
	assert_in_range(cards, 1, sums.values[VALUE_CARD]);
	assert_in_range(planted - emails - cards, 0, 2 * lost);
	assert_int_equal(found(findings, NULL), emails + cards);
	if (!lost)
		assert_int_equal(amount(summary, "lost", "truncated", "bytes") +
		                     amount(summary, "lost", "unsupported", "bytes"),
		                 sums.beyond + sums.bytes[WAY_SENDFILE]);
	json_decref(findings);
	json_decref(summary);
}

static void every_planted_value_is_found(void **state) {
	find_every_planted_value(*state, "1");
}

static void every_planted_value_is_found_by_several_threads(void **state) {
	find_every_planted_value(*state, "3");
}

/* Each write holds one value, so what was found says how many writes were looked at. */
static void find_or_lose_every_value(struct watch *w, const char *workers) {
	struct workload l;
	struct workload_sums sums;
	json_t *findings, *summary;
	workload_init(&l, SHORT_WRITES, 10, w->dir);
	l.plain = true;
	workload_sum(&l, &sums);
	assert_int_equal(sums.values[VALUE_EMAIL], sums.all_writes);
	run_program(w, &l, "64K", workers, &findings, &summary);
	check_books(summary, &sums);
	uint64_t lost = amount(summary, "lost", "ring_full", "writes");
	assert_in_range(lost, 0, sums.all_writes - 1);
	assert_int_equal(found(findings, "EMAIL") + lost, sums.values[VALUE_EMAIL]);
	assert_int_equal(found(findings, NULL), amount(summary, "scanned", "writes", NULL));
	json_decref(findings);
	json_decref(summary);
}

static void every_value_is_found_or_its_write_counted_as_lost(void **state) {
	find_or_lose_every_value(*state, "1");
}

static void several_threads_find_every_value_or_its_write_is_counted_as_lost(void **state) {
	find_or_lose_every_value(*state, "2");
}

int main(int argc, char **argv) {
	writers_main(argc, argv);
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(every_planted_value_is_found),
	    BOTH_HOOKS(every_value_is_found_or_its_write_counted_as_lost),
	    BOTH_HOOKS(every_planted_value_is_found_by_several_threads),
	    BOTH_HOOKS(several_threads_find_every_value_or_its_write_is_counted_as_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
