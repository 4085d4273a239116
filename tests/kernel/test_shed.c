/* SPDX-License-Identifier: MIT */
/* What is shed on purpose: sampling without bias, budgets that hold, and a noisy log that does not hide another one or
 * what is new in itself. SHED_ROUNDS=N plants N leaks. */
#include "harness.h"

#include <math.h>
#include <sys/uio.h>

#define LINES 40000

static int line_text(char *ret, size_t size, int i) {
	return snprintf(ret, size, "2026-11-22 12:00:%02d INFO worker %d did what it had to do in %d ms\n", i % 60, i,
	                i * 7 % 997);
}

static void write_lines(int fd, int from, int to) {
	char text[128];
	for (int i = from; i < to; i++)
		must_write(fd, text, (size_t)line_text(text, sizeof(text), i));
}

struct job {
	const char *dir;
	uint64_t budget; /* bytes a second */
	int rounds;
};

static int must_open_in(const struct job *job, const char *name) {
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", job->dir, name);
	return must_open_log(path);
}

static void write_the_same_twice(const void *arg) {
	int a = must_open_in(arg, "a.log"), b = must_open_in(arg, "b.log");
	write_lines(a, 0, LINES);
	write_lines(b, 0, LINES);
}

static bool has_name(const struct sink *s, const char *end) {
	size_t len = strlen(s->name), end_len = strlen(end);
	return len >= end_len && !strcmp(s->name + len - end_len, end);
}

/* Numbers of the lines that came of a log, into ret; how many. */
static size_t lines_taken(const struct watch *w, const char *name, int *ret) {
	size_t n = 0;
	for (size_t i = 0; i < w->taken_len; i++)
		if (has_name(w->taken[i].sink, name))
			assert_int_equal(sscanf(w->taken[i].data, "%*s %*s INFO worker %d", &ret[n++]), 1);
	return n;
}

static void watch_sampled(struct watch *w, uint64_t of, uint64_t key) {
	struct job job = {.dir = w->dir};
	watch_open_with(w, (struct capture_config){.shedding = {.sample_of = of, .key = key}});
	watch_run(w, write_the_same_twice, &job);
	assert_int_equal(w->totals.seen_writes, 2 * LINES);
	assert_int_equal(w->totals.lost[WIRE_LOSS_SAMPLED].writes, totals_lost_writes(&w->totals));
	assert_int_equal(w->totals.lost[WIRE_LOSS_SAMPLED].bytes, totals_lost_bytes(&w->totals));
}

static void a_sample_is_of_the_size_asked_for_and_what_is_left_out_is_counted(void **state) {
	struct watch *w = *state;
	const double of = 10, expected = 2 * LINES / of, sigma = sqrt(2 * expected * (1 - 1 / of));
	watch_sampled(w, (uint64_t)of, 1);
	if (fabs((double)w->taken_len - expected) > 5 * sigma) /* both logs are chosen from alike: twice the variance */
		fail_msg("%zu of %d were chosen", w->taken_len, 2 * LINES);
	for (size_t i = 1; i < w->taken_len; i++) {
		int n, before;
		assert_int_equal(sscanf(w->taken[i].data, "%*s %*s INFO worker %d", &n), 1);
		assert_int_equal(sscanf(w->taken[i - 1].data, "%*s %*s INFO worker %d", &before), 1);
		if (w->taken[i].sink == w->taken[i - 1].sink)
			assert_int_equal(w->taken[i].gap, n != before + 1);
	}
}

static void the_same_bytes_at_the_same_place_are_chosen_alike(void **state) {
	struct watch *w = *state;
	static int a[LINES], b[LINES];
	watch_sampled(w, 3, 42);
	size_t len = lines_taken(w, "/a.log", a);
	assert_true(len > 0);
	assert_int_equal(lines_taken(w, "/b.log", b), len);
	assert_memory_equal(a, b, len * sizeof(*a));
}

/* The same watch once more, with another key. */
static void another_key_chooses_others(void **state) {
	struct watch *w = *state;
	static int a[LINES], b[2 * LINES];
	watch_sampled(w, 2, 1);
	size_t first = w->taken_len, len = lines_taken(w, "/a.log", a), both = 0;
	capture_close(w->capture);
	w->capture = NULL;
	w->finished = false;
	w->bytes = w->writes = 0;
	for (size_t i = 0; i < first; i++) {
		free(w->taken[i].executable);
		free(w->taken[i].data);
	}
	w->taken_len = 0;
	watch_sampled(w, 2, 2);
	size_t again = lines_taken(w, "/a.log", b);
	for (size_t i = 0, j = 0; i < len; i++) {
		while (j < again && b[j] < a[i])
			j++;
		both += j < again && b[j] == a[i];
	}
	/* A quarter of all is in both. */
	assert_true(fabs((double)both - LINES / 4.0) < LINES / 40.0);
}

static void write_pairs(const void *arg) {
	int log = must_open_in(arg, "a.log");
	for (int i = 0; i < LINES; i++) {
		char text[128];
		size_t len = (size_t)line_text(text, sizeof(text), i);
		struct iovec iov[2] = {{text, len / 2}, {text + len / 2, len - len / 2}};
		must(writev(log, iov, 2) == (ssize_t)len);
	}
}

static void writes_of_many_buffers_are_chosen_as_a_whole(void **state) {
	struct watch *w = *state;
	struct job job = {.dir = w->dir};
	watch_open_with(w, (struct capture_config){.shedding = {.sample_of = 4, .key = 1}});
	watch_run(w, write_pairs, &job);
	assert_in_range(w->taken_len, LINES / 5, LINES / 3);
	assert_int_equal(w->taken_len + w->totals.lost[WIRE_LOSS_SAMPLED].writes, LINES);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_int_equal(w->taken[i].data[w->taken[i].len - 1], '\n');
}

#define FLOOD_NS (1500 * 1000 * 1000ULL)

static void flood_for_a_while(const void *arg) {
	int log = must_open("/dev/null", O_WRONLY);
	(void)arg;
	uint64_t start = clock_monotonic_ns();
	for (int i = 0; clock_monotonic_ns() - start < FLOOD_NS; i += 100)
		write_lines(log, i, i + 100);
	told[0] = clock_monotonic_ns() - start;
}

static void a_budget_holds_and_is_used(void **state) {
	struct watch *w = *state;
	const char *globs[] = {"/dev/null"};
	const double budget = 200 * 1000;
	w->take = count_only;
	watch_open_with(w, (struct capture_config){.sink_globs = globs,
	                                           .sink_globs_len = 1,
	                                           .shedding = {.sink_bytes_per_s = (uint64_t)budget}});
	watch_run(w, flood_for_a_while, NULL);
	/* And what the bucket held at first. */
	double allowed = budget * ((double)told[0] / 1e9 + 1);
	assert_true((double)w->bytes < allowed + 1000);
	assert_true((double)w->bytes > allowed * 0.5);
	assert_true(w->totals.lost[WIRE_LOSS_BUDGET].writes > 0);
	assert_int_equal(totals_lost_bytes(&w->totals), w->totals.lost[WIRE_LOSS_BUDGET].bytes);
}

/* The same lines by processes of their own. */
static void flood_in_processes(const void *arg) {
	int log = must_open_in(arg, "a.log");
	write_lines(log, 0, 2000);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		if (!pid) {
			write_lines(log, 0, 100);
			_exit(0);
		}
		must_exit_0(pid);
	}
}

static void new_processes_are_looked_at_when_the_budget_is_used_up(void **state) {
	struct watch *w = *state;
	struct job job = {.dir = w->dir};
	size_t processes = 0;
	/* 2,000 lines use it up; a quarter of it is for these. */
	watch_open_with(w, (struct capture_config){.shedding = {.sink_bytes_per_s = 20000}});
	watch_run(w, flood_in_processes, &job);
	assert_true(w->totals.lost[WIRE_LOSS_BUDGET].writes > 2000);
	for (size_t i = 1; i < w->taken_len; i++)
		processes += w->taken[i].pid != w->taken[i - 1].pid;
	assert_int_equal(processes, 20);
}

#define QUIET 500
#define QUIET_ROUNDS 12
#define STATEMENTS 40
#define PLANTS_MAX 1000

static struct {
	int quiet, planted, seconds;
	bool found[PLANTS_MAX];
} fair;

static int plants(void) {
	const char *text = getenv("SHED_ROUNDS");
	int n = text ? atoi(text) : 20;
	return n > 0 && n <= PLANTS_MAX ? n : 20;
}

static void statement(char ret[9], unsigned n) {
	for (int i = 0; i < 8; i++, n = n * 7 + 3)
		ret[i] = (char)('a' + n % 26);
	ret[8] = 0;
}

static void write_noise(int null, int i) {
	char text[128], word[9];
	statement(word, (unsigned)i % STATEMENTS);
	int len = snprintf(text, sizeof(text), "12:00:%02d INFO %s took %d ms for request %d\n", i % 60, word, i % 997, i);
	must_write(null, text, (size_t)len);
}

/* The plants differ in letters, so that each is a new statement. */
static void write_plant(int null, int n) {
	char text[128];
	int len = snprintf(text, sizeof(text), "12:00:%02d WARN plant %c%c%c user=made-up\n", n % 60, 'a' + n / 676,
	                   'a' + n / 26 % 26, 'a' + n % 26);
	must_write(null, text, (size_t)len);
}

static void flood_with_plants(int rounds) {
	int null = must_open("/dev/null", O_WRONLY);
	for (int n = 0; n < rounds; n++)
		for (int i = 0; i < 40000; i++) {
			write_noise(null, n * 40000 + i);
			if (i == n * 7919 % 30000 + 5000)
				write_plant(null, n);
		}
}

/* A quarter of the budget, together. */
static void write_quietly(const struct job *job) {
	int fds[QUIET];
	char name[32], text[64];
	uint64_t bytes = 0, start = clock_monotonic_ns();
	for (int i = 0; i < QUIET; i++) {
		snprintf(name, sizeof(name), "quiet%d.log", i);
		fds[i] = must_open_in(job, name);
	}
	for (int round = 0; round < QUIET_ROUNDS; round++) {
		for (int i = 0; i < QUIET; i++) {
			size_t len = (size_t)snprintf(text, sizeof(text), "quiet record %d of round %d\n", i, round);
			must_write(fds[i], text, len);
			bytes += len;
		}
		while ((double)(clock_monotonic_ns() - start) < (double)bytes * 4e9 / (double)job->budget)
			poll(NULL, 0, 5);
	}
}

static void write_noisily_and_quietly(const void *arg) {
	const struct job *job = arg;
	pid_t pid = fork();
	if (!pid) {
		flood_with_plants(job->rounds);
		_exit(0);
	}
	write_quietly(job);
	must_exit_0(pid);
}

static void look_for_plants(struct watch *w, const struct capture_write *d) {
	char a, b, c;
	(void)w;
	if (d->len > 12 && !memcmp(d->data, "quiet record", 12))
		fair.quiet++;
	else if (d->len > 22 && sscanf(d->data, "%*s WARN plant %c%c%c", &a, &b, &c) == 3)
		fair.found[(a - 'a') * 676 + (b - 'a') * 26 + (c - 'a')] = true;
}

/* Bytes a second of the flood, unwatched. */
static double flood_rate(void) {
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), lines = 0;
	uint64_t start = clock_monotonic_ns();
	assert_return_code(null, errno);
	while (clock_monotonic_ns() - start < 100 * 1000 * 1000ULL)
		for (int i = 0; i < 1000; i++)
			write_noise(null, lines++);
	close(null);
	return lines * 50.0 * 1e9 / (double)(clock_monotonic_ns() - start);
}

static void a_flood_hides_neither_quiet_logs_nor_what_is_new_in_it(void **state) {
	struct watch *w = *state;
	const char *globs[] = {"/dev/null"};
	struct job job = {.dir = w->dir, .rounds = plants()};
	int found = 0;
	memset(&fair, 0, sizeof(fair));
	w->take = look_for_plants;
	job.budget = (uint64_t)(flood_rate() * 0.02);
	watch_open_with(w, (struct capture_config){
	                       .sink_globs = globs, .sink_globs_len = 1, .shedding = {.total_bytes_per_s = job.budget}});
	watch_run(w, write_noisily_and_quietly, &job);
	for (int i = 0; i < job.rounds; i++)
		found += fair.found[i];
	printf("NOTE: under a budget of %llu bytes/s, %.2f %% of %llu bytes were scanned: %d of %d records of %d quiet "
	       "logs, %d of %d leaks planted once in the noisy one\n",
	       (unsigned long long)job.budget, 100 * (double)w->bytes / (double)w->totals.seen_bytes,
	       (unsigned long long)w->totals.seen_bytes, fair.quiet, QUIET * QUIET_ROUNDS, QUIET, found, job.rounds);
	assert_true(w->totals.lost[WIRE_LOSS_BUDGET].bytes > w->totals.seen_bytes / 2);
	assert_int_equal(fair.quiet, QUIET * QUIET_ROUNDS);
	assert_true(found * 100 >= job.rounds * 95);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(a_sample_is_of_the_size_asked_for_and_what_is_left_out_is_counted),
	    BOTH_HOOKS(the_same_bytes_at_the_same_place_are_chosen_alike),
	    BOTH_HOOKS(another_key_chooses_others),
	    BOTH_HOOKS(writes_of_many_buffers_are_chosen_as_a_whole),
	    BOTH_HOOKS(a_budget_holds_and_is_used),
	    BOTH_HOOKS(new_processes_are_looked_at_when_the_budget_is_used_up),
	    BOTH_HOOKS(a_flood_hides_neither_quiet_logs_nor_what_is_new_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
