/* SPDX-License-Identifier: MIT */
/* An agent that is stopped (SIGSTOP) with a small ring: the writer goes on, nothing of it changes, the books stay
 * exact. EXACT_WRITES, as the long form has it, stops it for five seconds. What a write costs meanwhile is printed. */
#include "program.h"
#include "workload.h"

#define BURST 2000 /* of lines that the ring has room for */
#define BURSTS 20
#define LINE_MAX_LEN 128
#define BLIND_LINES 200000
#define LONG_STOP_NS (5 * 1000000000ull)

struct job {
	struct workload l;
	char path[108];
};

enum { TOLD_LINES, TOLD_UNWATCHED, TOLD_CAPTURED, TOLD_STOPPED };

/* Writes a burst of lines, each with one address; nanoseconds for each of them. */
static uint64_t write_burst(int log, const struct workload *l) {
	static char texts[BURST][LINE_MAX_LEN];
	struct step s;
	for (uint32_t i = 0; i < BURST; i++) {
		step_init(&s, l, 0, (uint32_t)told[TOLD_LINES] + i);
		step_text(&s, l, texts[i]);
	}
	uint64_t start = clock_monotonic_ns();
	for (uint32_t i = 0; i < BURST; i++)
		must_write(log, texts[i], s.len); /* all of one length */
	told[TOLD_LINES] += BURST;
	return (clock_monotonic_ns() - start) / BURST;
}

/* The quickest of some bursts, with time between them for the agent. */
static uint64_t write_bursts(int log, const struct workload *l) {
	uint64_t least = UINT64_MAX;
	for (int i = 0; i < BURSTS; i++) {
		uint64_t ns = write_burst(log, l);
		least = ns < least ? ns : least;
		poll(NULL, 0, 20);
	}
	return least;
}

static void write_through_a_stop(const void *arg) {
	const struct job *job = arg;
	int log = must_open_log(job->path);
	told[TOLD_UNWATCHED] = write_bursts(log, &job->l);
	writer_pause();
	told[TOLD_CAPTURED] = write_bursts(log, &job->l);
	writer_pause();
	uint64_t start = clock_monotonic_ns(), least = UINT64_MAX;
	for (int i = 0; i < 10; i++)
		write_burst(log, &job->l);
	do { /* the ring is full */
		uint64_t ns = write_burst(log, &job->l);
		least = ns < least ? ns : least;
	} while (getenv("EXACT_WRITES") ? clock_monotonic_ns() - start < LONG_STOP_NS : told[TOLD_LINES] < BLIND_LINES);
	told[TOLD_STOPPED] = least;
	writer_pause();
	write_bursts(log, &job->l);
}

static void assert_file_holds_all(const struct job *job) {
	char text[LINE_MAX_LEN], got[LINE_MAX_LEN];
	FILE *f = fopen(job->path, "re");
	assert_non_null(f);
	for (uint32_t seq = 0; seq < told[TOLD_LINES]; seq++) {
		struct step s;
		step_init(&s, &job->l, 0, seq);
		step_text(&s, &job->l, text);
		assert_int_equal(fread(got, s.len, 1, f), 1);
		assert_memory_equal(got, text, s.len);
	}
	assert_int_equal(fgetc(f), EOF);
	fclose(f);
}

static void check_books(const struct program *p, const struct job *job, uint64_t unwatched) {
	uint64_t lines = told[TOLD_LINES] - unwatched, bytes = 0;
	json_t *findings, *summary;
	for (uint64_t seq = unwatched; seq < told[TOLD_LINES]; seq++) {
		struct step s;
		step_init(&s, &job->l, 0, (uint32_t)seq);
		bytes += s.len;
	}
	program_read(p, &findings, &summary);
	assert_balanced(summary);
	assert_int_equal(amount(summary, "seen", "writes", NULL), lines);
	assert_int_equal(amount(summary, "seen", "bytes", NULL), bytes);
	uint64_t lost = amount(summary, "lost", "ring_full", "writes"),
	         scanned = amount(summary, "scanned", "writes", NULL);
	printf("NOTE: of %llu writes %llu were lost while the agent was stopped\n", (unsigned long long)lines,
	       (unsigned long long)lost);
	assert_int_equal(lost + scanned, lines);
	assert_true(lost > 0 && scanned > 0);
	assert_int_equal(found(findings, "EMAIL"), scanned);
	json_decref(findings);
	json_decref(summary);
}

/* A writer that pauses three times: before the agent comes, before it is stopped, before it goes on. Returns the lines
 * that were written unwatched. */
static uint64_t run_through_a_stop(struct watch *w, struct job *job, void (*fn)(const void *arg),
                                   struct program *ret_program) {
	char pid[16];
	workload_init(&job->l, 1, 1, w->dir);
	job->l.plain = true;
	watch_path(w, "a.log", job->path);
	struct writer writer = writer_start(fn, job);
	snprintf(pid, sizeof(pid), "%d", writer.pid);
	writer_go(w, &writer);
	writer_await(w, &writer);
	uint64_t unwatched = told[TOLD_LINES];
	program_start(ret_program, w, -1, (const char *[]){"watch", "-p", pid, "-f", "jsonl", "--ring-size", "1M", NULL});
	program_await_words(ret_program, "watching");
	writer_resume(&writer);
	writer_await(w, &writer);
	assert_return_code(kill(ret_program->pid, SIGSTOP), errno);
	writer_resume(&writer);
	writer_await(w, &writer);
	assert_return_code(kill(ret_program->pid, SIGCONT), errno);
	writer_resume(&writer);
	writer_join(w, &writer);
	program_join(ret_program, 1, 1);
	return unwatched;
}

static void writer_of_a_stopped_agent_goes_on_and_the_books_stay_exact(void **state) {
	struct watch *w = *state;
	struct job job = {{0}, ""};
	struct program program;
	uint64_t unwatched = run_through_a_stop(w, &job, write_through_a_stop, &program);
	printf("NOTE: ns a write: %llu unwatched, %llu captured, %llu while the agent was stopped and the ring full\n",
	       (unsigned long long)told[TOLD_UNWATCHED], (unsigned long long)told[TOLD_CAPTURED],
	       (unsigned long long)told[TOLD_STOPPED]);
	assert_file_holds_all(&job);
	check_books(&program, &job, unwatched);
}

/* The beginning of a card number, a loss in its log, and its end. */
static void cut_a_card_by_a_loss(const void *arg) {
	const struct job *job = arg;
	char text[64] = "charge ", other[140];
	snprintf(other, sizeof(other), "%s.other.log", job->path);
	int log = must_open_log(job->path), filler = must_open_log(other);
	put_card(text + 7, 123456789);
	writer_pause();
	must_write(log, text, 7 + CARD_LEN);
	must_write(log, "\n", 1);
	must_write(log, text, 7 + 8);
	writer_pause();
	for (int i = 0; i < 10; i++)
		write_burst(filler, &job->l);
	must_write(log, " then ", 6); /* lost */
	writer_pause();
	poll(NULL, 0, 100); /* for the agent to make room; the longest line is still waited for */
	must_write(log, text + 7 + 8, 8);
	must_write(log, "\n", 1);
}

static void value_is_not_joined_across_a_loss(void **state) {
	struct watch *w = *state;
	struct job job = {{0}, ""};
	struct program program;
	json_t *findings, *summary;
	run_through_a_stop(w, &job, cut_a_card_by_a_loss, &program);
	program_read(&program, &findings, &summary);
	assert_balanced(summary);
	assert_int_equal(amount(summary, "seen", "writes", NULL), told[TOLD_LINES] + 6);
	assert_int_equal(found(findings, "CREDIT_CARD"), 1);
	json_decref(findings);
	json_decref(summary);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(writer_of_a_stopped_agent_goes_on_and_the_books_stay_exact),
	    BOTH_HOOKS(value_is_not_joined_across_a_loss),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
