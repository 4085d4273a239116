/* SPDX-License-Identifier: MIT */
/* Many writers at once: nothing invented, nothing twice, nothing mixed up, and the books balance to the byte. */
#include "harness.h"

#include <pthread.h>
#include <sys/uio.h>

#define PROCESSES 4
#define THREADS 2
#define WRITERS (PROCESSES * THREADS)
#define MESSAGES 4000 /* of each writer */
#define SINKS 5

/* At the head of each message; the rest follows from it. */
struct stamp {
	uint32_t magic, writer, seq, len;
};

#define MAGIC 0x57a3b1e5u

struct job {
	const char *dir;
	int out;
};

struct thread {
	const struct job *job;
	uint32_t writer;
	const int *fds;
};

static size_t message_len(uint32_t writer, uint32_t seq) {
	uint32_t x = (writer * MESSAGES + seq) * 2654435761u >> 8;
	if (seq % 997 == 5)
		return 150000 + x % 100000;
	if (seq % 311 == 7)
		return WIRE_PIECE_MAX - 40 + x % 80;
	return sizeof(struct stamp) + x % (seq % 16 ? 300 : 9000);
}

static unsigned message_sink(uint32_t writer, uint32_t seq) {
	return (writer + seq * 7 + seq / 13) % SINKS;
}

static void message_fill(char *p, uint32_t writer, uint32_t seq) {
	const struct stamp s = {MAGIC, writer, seq, (uint32_t)message_len(writer, seq)};
	memcpy(p, &s, sizeof(s));
	pattern_fill(p + sizeof(s), s.len - sizeof(s), writer * MESSAGES + seq);
}

static void must_send_message(int fd, char *p, size_t len, uint32_t seq) {
	struct iovec iov[3] = {{p, len / 3}, {p + len / 3, 0}, {p + len / 3, len - len / 3}};
	if (seq % 3)
		must_write(fd, p, len);
	else
		must(writev(fd, iov, 3) == (ssize_t)len);
}

static void *write_messages(void *arg) {
	const struct thread *t = arg;
	char *p = malloc(300000);
	must(p);
	for (uint32_t seq = 0; seq < MESSAGES; seq++) {
		message_fill(p, t->writer, seq);
		must_send_message(t->fds[message_sink(t->writer, seq)], p, message_len(t->writer, seq), seq);
	}
	free(p);
	return NULL;
}

static void run_threads(const struct job *job, const int *fds, uint32_t process) {
	pthread_t ids[THREADS];
	struct thread threads[THREADS];
	for (uint32_t i = 0; i < THREADS; i++) {
		threads[i] = (struct thread){job, process * THREADS + i, fds};
		told[threads[i].writer] = (uint64_t)getpid();
		must(!pthread_create(&ids[i], NULL, write_messages, &threads[i]));
	}
	for (uint32_t i = 0; i < THREADS; i++)
		must(!pthread_join(ids[i], NULL));
}

static void run_processes(const void *arg) {
	const struct job *job = arg;
	int fds[SINKS];
	pid_t pids[PROCESSES];
	for (int i = 0; i < 3; i++) {
		char path[64];
		snprintf(path, sizeof(path), "%s/%d.log", job->dir, i);
		fds[i] = must_open_log(path);
	}
	fds[3] = must_open("/dev/null", O_WRONLY);
	must_move_fd(job->out, STDOUT_FILENO);
	fds[4] = STDOUT_FILENO;
	for (uint32_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			run_threads(job, fds, i);
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++)
		must_exit_0(pids[i]);
}

/* A bystander that empties the pipe. */
static pid_t drain_pipe_start(int fds[2]) {
	static char buf[64 * 1024];
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		while (read(fds[0], buf, sizeof(buf)) > 0)
			;
		_exit(0);
	}
	close(fds[0]);
	return pid;
}

struct checked {
	bool had[WRITERS][MESSAGES];
	const struct sink *sinks[SINKS];
	size_t whole;
};

/* What begins a message is the beginning of exactly that message, at its place, from its process, for the first time.
 */
static void check_message(struct checked *c, const struct taken *t) {
	struct stamp s;
	char *want;
	memcpy(&s, t->data, sizeof(s));
	assert_in_range(s.writer, 0, WRITERS - 1);
	assert_in_range(s.seq, 0, MESSAGES - 1);
	assert_int_equal(s.len, message_len(s.writer, s.seq));
	assert_in_range(t->len, sizeof(s), s.len);
	assert_false(c->had[s.writer][s.seq]);
	c->had[s.writer][s.seq] = true;
	assert_int_equal(t->pid, told[s.writer]);
	unsigned sink = message_sink(s.writer, s.seq);
	if (!c->sinks[sink])
		c->sinks[sink] = t->sink;
	assert_ptr_equal(t->sink, c->sinks[sink]);
	want = malloc(s.len);
	assert_non_null(want);
	message_fill(want, s.writer, s.seq);
	assert_false(memcmp(want, t->data, t->len));
	free(want);
	c->whole += t->len == s.len;
}

static size_t check_all(const struct watch *w) {
	struct checked *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	for (size_t i = 0; i < w->taken_len; i++) {
		const struct taken *t = &w->taken[i];
		bool stamped = t->len >= sizeof(struct stamp) && !memcmp(t->data, &(uint32_t){MAGIC}, sizeof(uint32_t));
		if (stamped)
			check_message(c, t);
		else /* what is behind a hole, or too little before one */
			assert_true(t->gap || t->len < sizeof(struct stamp));
	}
	size_t whole = c->whole;
	free(c);
	return whole;
}

static void run_all(struct watch *w, size_t ring_bytes) {
	const char *globs[] = {"/dev/null"};
	uint64_t bytes = 0;
	int fds[2];
	assert_return_code(pipe2(fds, O_CLOEXEC), errno);
	pid_t drain = drain_pipe_start(fds);
	struct job job = {w->dir, fds[1]};
	w->may_miss = true;
	watch_open_with(
	    w, (struct capture_config){.ring_bytes = ring_bytes, .sink_globs = globs, .sink_globs_len = LEN(globs)});
	watch_run(w, run_processes, &job);
	close(fds[1]);
	assert_int_equal(waitpid(drain, NULL, 0), drain);
	for (uint32_t i = 0; i < WRITERS; i++)
		for (uint32_t seq = 0; seq < MESSAGES; seq++)
			bytes += message_len(i, seq);
	assert_seen_writes(w, WRITERS * MESSAGES);
	if (w->totals.seen_writes == WRITERS * MESSAGES)
		assert_int_equal(w->totals.seen_bytes, bytes);
	else
		assert_in_range(w->totals.seen_bytes, 0, bytes - 1);
}

static void all_of_many_writers_comes_exactly(void **state) {
	struct watch *w = *state;
	run_all(w, 128 * 1024 * 1024);
	assert_lost_nothing(w);
	assert_int_equal(check_all(w), w->totals.seen_writes);
}

static void loss_under_many_writers_is_exact(void **state) {
	struct watch *w = *state;
	run_all(w, 64 * 1024);
	size_t whole = check_all(w);
	assert_true(whole > 0 && whole < WRITERS * MESSAGES);
	assert_int_equal(totals_lost_bytes(&w->totals), w->totals.lost[WIRE_LOSS_RING_FULL].bytes);
}

#define LARGE_LEN (3 * WIRE_PIECE_MAX + 1234)
#define LARGE_WRITES 40

static void *write_large(void *arg) {
	const struct thread *t = arg;
	char *p = pattern_new(LARGE_LEN, t->writer);
	must(p);
	for (int i = 0; i < LARGE_WRITES; i++)
		must_write(t->fds[0], p, LARGE_LEN);
	free(p);
	return NULL;
}

static void write_large_in_threads(const void *arg) {
	int log = must_open_log(arg);
	pthread_t ids[2];
	struct thread threads[] = {{NULL, 1, &log}, {NULL, 2, &log}};
	for (int i = 0; i < 2; i++)
		must(!pthread_create(&ids[i], NULL, write_large, &threads[i]));
	for (int i = 0; i < 2; i++)
		must(!pthread_join(ids[i], NULL));
}

/* Their pieces come mixed. */
static void large_writes_of_two_threads_come_whole(void **state) {
	struct watch *w = *state;
	char path[108];
	size_t of_first = 0;
	watch_path(w, "a.log", path);
	w->may_miss = true;
	watch_open_with(w, (struct capture_config){.ring_bytes = 64 * 1024 * 1024});
	watch_run(w, write_large_in_threads, path);
	assert_lost_nothing(w);
	assert_seen_writes(w, 2 * LARGE_WRITES);
	assert_int_equal(w->taken_len, w->totals.seen_writes);
	char *first = pattern_new(LARGE_LEN, 1);
	assert_non_null(first);
	for (size_t i = 0; i < w->taken_len; i++) {
		bool is_first = w->taken[i].data[0] == first[0];
		assert_taken_pattern(w, i, LARGE_LEN, is_first ? 1 : 2);
		of_first += is_first;
	}
	free(first);
	assert_in_range(of_first, w->taken_len - LARGE_WRITES, LARGE_WRITES);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(all_of_many_writers_comes_exactly),
	    BOTH_HOOKS(loss_under_many_writers_is_exact),
	    BOTH_HOOKS(large_writes_of_two_threads_come_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
