/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tests share: writers of our own, held until the watch on them is on, and what the watch was handed.
 * A struct watch owns its directory, its capture and copies of all deliveries, until watch_teardown(), which insists
 * for every test that seen = delivered + lost, to the byte and to the write. One thread.
 */
#ifndef TESTS_KERNEL_HARNESS_H
#define TESTS_KERNEL_HARNESS_H

#include "base/clock.h"
#include "capture/capture.h"
#include "pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* With what must come, in nanoseconds; emulated machines need more. */
#define PATIENCE_NS patience_ns()
static inline uint64_t patience_ns(void) {
	const char *seconds = getenv("PATIENCE_S");
	return (seconds ? strtoull(seconds, NULL, 10) : 20) * 1000000000ULL;
}

#define LEN(array) (sizeof(array) / sizeof(*(array)))

/* A writer is a process of its own: it cannot use cmocka's assertions. */
#define must(condition)                                                                                                \
	do {                                                                                                               \
		if (!(condition)) {                                                                                            \
			dprintf(STDERR_FILENO, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);           \
			_exit(99);                                                                                                 \
		}                                                                                                              \
	} while (0)

struct writer {
	pid_t pid;
	int go, done; /* the test's ends */
};

static struct { int go, done; } writer_self = {-1, -1};

/* The writer: tells the test that it has come here, and waits to be let on. */
static inline void writer_pause(void) {
	char c = 0;
	must(write(writer_self.done, &c, 1) == 1);
	must(read(writer_self.go, &c, 1) == 1);
}

/* What writers tell the test, in memory that they share: telling is no system call. */
static uint64_t *told __attribute__((unused));
#define TOLD_MAX 64

static inline void must_write(int fd, const void *p, size_t len) {
	must(write(fd, p, len) == (ssize_t)len);
}

static inline int must_open(const char *path, int flags) {
	int fd = open(path, flags | O_CLOEXEC, 0600);
	must(fd >= 0);
	return fd;
}

static inline int must_open_log(const char *path) {
	return must_open(path, O_WRONLY | O_CREAT | O_APPEND);
}

static inline void must_move_fd(int from, int to) {
	must(dup2(from, to) == to);
	if (from != to)
		close(from);
}

static inline void must_exit_0(pid_t pid) {
	int status;
	must(pid > 0);
	must(waitpid(pid, &status, 0) == pid);
	must(status == 0);
}

/* Any child. */
static inline void must_one_exit_0(void) {
	int status;
	must(wait(&status) > 0 && status == 0);
}

/* A copy of what was delivered. */
struct taken {
	struct sink *sink;
	pid_t pid;
	uint32_t tid;
	char *executable;
	bool gap, datagram, continued;
	char *data;
	size_t len;
};

/* A test and the hook that it is run under. */
struct hooked {
	CMUnitTestFunction test;
	enum capture_hook hook;
};

struct watch {
	CMUnitTestFunction test;
	enum capture_hook hook;
	char dir[32];
	char cgroup[300]; /* made for the test, or "" */
	struct capture *capture;
	bool finished;
	bool may_miss; /* looks at missed calls itself */
	struct taken *taken;
	size_t taken_len, taken_cap;
	uint64_t bytes, writes; /* delivered */
	size_t exits;
	size_t judged;
	size_t ended_sinks;
	/* Unless NULL: looks at deliveries, of which there may be more than can be kept; then none is copied. */
	void (*take)(struct watch *w, const struct capture_write *d);
	void *take_arg;
	/* Unless NULL: looks at the arguments of a process. */
	void (*met)(struct watch *w, const struct process *p, const char *arguments, size_t len);
	/* Once finished. */
	struct capture_totals totals;
	struct blind_spots blind;
};

static inline void watch_path(const struct watch *w, const char *name, char ret_path[static 108]) {
	assert_in_range(snprintf(ret_path, 108, "%s/%s", w->dir, name), 1, 107);
}

static inline void watch_take_write(void *arg, const struct capture_write *d) {
	struct watch *w = arg;
	w->bytes += d->len;
	w->writes += !d->continued;
	if (w->take) {
		w->take(w, d);
		return;
	}
	if (w->taken_len == w->taken_cap) {
		w->taken_cap = w->taken_cap ? 2 * w->taken_cap : 256;
		w->taken = realloc(w->taken, w->taken_cap * sizeof(*w->taken));
		assert_non_null(w->taken);
	}
	struct taken *t = &w->taken[w->taken_len++];
	*t = (struct taken){
	    .sink = d->sink,
	    .pid = d->process->pid,
	    .tid = d->tid,
	    .executable = strdup(d->process->executable),
	    .gap = d->gap,
	    .datagram = d->datagram,
	    .continued = d->continued,
	    .data = malloc(d->len + 1),
	    .len = d->len,
	};
	assert_non_null(t->executable);
	assert_non_null(t->data);
	memcpy(t->data, d->data, d->len);
	t->data[d->len] = 0;
}

/* For watch.take: what is delivered does not matter, but how much. */
static inline void count_only(struct watch *w, const struct capture_write *d) {
	(void)w, (void)d;
}

static inline void watch_take_met(void *arg, struct process *p, const char *arguments, size_t len) {
	struct watch *w = arg;
	if (w->met)
		w->met(w, p, arguments, len);
}

static inline void watch_take_exit(void *arg, struct process *p) {
	(void)p;
	((struct watch *)arg)->exits++;
}

static inline void watch_take_judged(void *arg, struct sink *s) {
	(void)s;
	((struct watch *)arg)->judged++;
}

static inline void watch_take_sink_end(void *arg, struct sink *s) {
	(void)s;
	((struct watch *)arg)->ended_sinks++;
}

static inline struct capture_handler watch_handler(struct watch *w) {
	return (struct capture_handler){.arg = w,
	                                .write = watch_take_write,
	                                .process_met = watch_take_met,
	                                .process_exit = watch_take_exit,
	                                .sink_judged = watch_take_judged,
	                                .sink_end = watch_take_sink_end};
}

static inline void skip_because(const char *reason) {
	printf("SKIP: %s\n", reason);
	skip();
}

/* Mounted or not: the capture needs no mount of it. */
static inline bool has_tracefs(void) {
	char line[128];
	bool found = false;
	FILE *f = fopen("/proc/filesystems", "re");
	while (f && fgets(line, sizeof(line), f))
		found |= !strcmp(line, "nodev\ttracefs\n");
	if (f)
		fclose(f);
	return found;
}

/* Does the kernel show the tracepoints' programs a call's arguments? Found out once. */
static inline bool tracepoints_know_arguments(void) {
	static int opened = 1;
	if (opened > 0) {
		struct diags diags = {0};
		struct capture *c = NULL;
		opened = capture_open(&c, &(struct capture_config){.hook = CAPTURE_HOOK_TRACEPOINT}, &diags);
		capture_close(c);
		diags_release(&diags);
	}
	return opened != -ENOTSUP;
}

/* Elsewhere nothing can be watched by its number (target_need_host_pids()). */
static inline bool in_first_pid_namespace(void) {
	struct stat st;
	return stat("/proc/self/ns/pid", &st) || st.st_ino == 0xEFFFFFFC;
}

static inline void skip_without_hook(enum capture_hook hook) {
	if (geteuid())
		skip_because("the kernel tests need root");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		skip_because("this kernel has no BTF");
	if (!in_first_pid_namespace())
		skip_because("process numbers in here are not the host's (a pid namespace, as in a container)");
	if (hook != CAPTURE_HOOK_TRACEPOINT)
		return;
	if (!has_tracefs())
		skip_because("this kernel has no tracefs");
	if (!tracepoints_know_arguments())
		skip_because("this kernel's tracepoints know no arguments");
}

static inline void watch_open_with(struct watch *w, struct capture_config config) {
	struct diags diags = {0};
	config.hook = w->hook;
	int r = capture_open(&w->capture, &config, &diags);
	if (r)
		diags_print(&diags, stdout);
	assert_return_code(r, -r);
	diags_release(&diags);
}

static inline void watch_open(struct watch *w) {
	watch_open_with(w, (struct capture_config){0});
}

/* Beside the defaults, one --sink. */
static inline void watch_open_sink(struct watch *w, const char *glob) {
	const char *globs[] = {glob};
	watch_open_with(w, (struct capture_config){.sink_globs = globs, .sink_globs_len = 1});
}

static inline void watch_process(struct watch *w, pid_t pid) {
	struct diags diags = {0};
	int r = capture_add_process(w->capture, pid, &diags);
	if (r < 0)
		diags_print(&diags, stdout);
	assert_return_code(r, -r);
	diags_release(&diags);
}

/* Opens the watch, with the defaults unless it is open, and puts it on a writer that is held. */
static inline void watch_writer(struct watch *w, const struct writer *writer) {
	if (!w->capture)
		watch_open(w);
	watch_process(w, writer->pid);
}

static inline void watch_dispatch(struct watch *w) {
	struct capture_handler handler = watch_handler(w);
	int r = capture_dispatch(w->capture, &handler);
	assert_return_code(r, -r);
}

/* Waits until fd (unless it is -1) can be read or the capture has something, or for as long as that allows; then
 * delivers. True: fd can be read. */
static inline bool watch_poll(struct watch *w, int fd) {
	int ms = w->capture ? capture_timeout_ms(w->capture) : 1000;
	ms = ms < CAPTURE_POLL_MS ? ms : CAPTURE_POLL_MS; /* counters that are waited for wake nobody */
	struct pollfd fds[] = {{fd, POLLIN, 0}, {w->capture ? capture_fd(w->capture) : -1, POLLIN, 0}};
	assert_true(poll(fds, 2, ms) >= 0 || errno == EINTR);
	if (w->capture)
		watch_dispatch(w);
	return fds[0].revents;
}

/* Until a process that is not ours has made the file. */
static inline void await_file(const char *path) {
	uint64_t start = clock_monotonic_ns();
	while (access(path, F_OK)) {
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("%s does not come", path);
		poll(NULL, 0, 1);
	}
}

/* Until so many bytes have been delivered. */
static inline void watch_until_bytes(struct watch *w, uint64_t bytes) {
	uint64_t start = clock_monotonic_ns();
	while (w->bytes < bytes) {
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("%llu of %llu bytes came", (unsigned long long)w->bytes, (unsigned long long)bytes);
		watch_poll(w, -1);
	}
}

static inline uint64_t totals_lost_bytes(const struct capture_totals *t) {
	uint64_t sum = 0;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		sum += t->lost[i].bytes;
	return sum;
}

static inline uint64_t totals_lost_writes(const struct capture_totals *t) {
	uint64_t sum = 0;
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		sum += t->lost[i].writes;
	return sum;
}

static inline bool kernel_is_since(int major, int minor) {
	struct utsname name;
	int is_major, is_minor;
	return !uname(&name) && sscanf(name.release, "%d.%d", &is_major, &is_minor) == 2 &&
	       (is_major > major || (is_major == major && is_minor >= minor));
}

/* No more is looked at; what is left is delivered, and the books must balance. */
static inline void watch_end(struct watch *w) {
	struct capture_handler handler = watch_handler(w);
	if (w->finished)
		return;
	w->finished = true;
	int r = capture_finish(w->capture, &handler);
	assert_return_code(r, -r);
	r = capture_totals(w->capture, &w->totals);
	assert_return_code(r, -r);
	r = capture_blind_spots(w->capture, &w->blind);
	assert_return_code(r, -r);
	assert_int_equal(w->totals.seen_bytes, w->bytes + totals_lost_bytes(&w->totals));
	assert_int_equal(w->totals.seen_writes, w->writes + totals_lost_writes(&w->totals));
}

/* Of a kind and name (NULL: of all names); once the watch is finished. */
static inline struct wire_amount watch_blind(const struct watch *w, enum wire_blind kind, const char *name) {
	struct wire_amount sum = {0};
	for (size_t i = 0; i < w->blind.len; i++) {
		const struct blind_spot *spot = &w->blind.items[i];
		if (spot->kind != kind || (name && (!spot->name || strcmp(name, spot->name))))
			continue;
		sum.events += spot->amount.events;
		sum.bytes += spot->amount.bytes;
	}
	return sum;
}

/* Since Linux 7.0 a program of ours can be preempted, and until it goes on we are left out at other calls: they are
 * counted, but nobody knows whose they were. A test that looks at each call has nothing to go by then; one that may
 * miss some looks at how many. */
static inline uint64_t watch_missed(const struct watch *w) {
	return kernel_is_since(7, 0) ? watch_blind(w, WIRE_BLIND_MISSED_CALLS, NULL).events : 0;
}

static inline void watch_finish(struct watch *w) {
	watch_end(w);
	if (!w->may_miss && watch_missed(w))
		skip_because("the kernel left our programs out at some calls, and counted them");
}

/* Of the writes all but the calls that were missed. */
static inline void assert_seen_writes(const struct watch *w, uint64_t writes) {
	uint64_t missed = watch_missed(w);
	assert_in_range(w->totals.seen_writes, writes - (missed < writes ? missed : writes), writes);
}

static inline void assert_lost_nothing(struct watch *w) {
	watch_finish(w);
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++) {
		if (w->totals.lost[i].bytes || w->totals.lost[i].writes)
			fail_msg("lost %s: %llu bytes, %llu writes", loss_name((enum wire_loss)i),
			         (unsigned long long)w->totals.lost[i].bytes, (unsigned long long)w->totals.lost[i].writes);
	}
}

/* A write was delivered, of exactly the first len bytes of the pattern. */
static inline void assert_taken_pattern(const struct watch *w, size_t at, size_t len, uint32_t seed) {
	if (at >= w->taken_len)
		fail_msg("only %zu writes came", w->taken_len);
	const struct taken *t = &w->taken[at];
	if (t->len != len)
		fail_msg("write %zu: %zu bytes came of %zu", at, t->len, len);
	char *want = pattern_new(len, seed);
	assert_non_null(want);
	bool same = !memcmp(t->data, want, len);
	free(want);
	if (!same)
		fail_msg("write %zu of %zu bytes came changed", at, len);
}

static inline void assert_taken_text(const struct watch *w, size_t at, const char *text) {
	if (at >= w->taken_len)
		fail_msg("only %zu writes came", w->taken_len);
	assert_string_equal(w->taken[at].data, text);
	assert_int_equal(w->taken[at].len, strlen(text));
}

/* Bytes of a process's memory that are its own: the kernel's pages that it maps do not count. */
static inline size_t memory_of(pid_t pid) {
	unsigned long size, resident, shared;
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu %lu", &size, &resident, &shared), 3);
	fclose(f);
	return (resident - shared) * (size_t)sysconf(_SC_PAGESIZE);
}

/* A process that runs fn(arg) once it is let on, and exits 0. It ends with the test. */
static inline struct writer writer_start(void (*fn)(const void *arg), const void *arg) {
	int go[2], done[2];
	struct writer writer;
	assert_return_code(pipe2(go, O_CLOEXEC), errno);
	assert_return_code(pipe2(done, O_CLOEXEC), errno);
	fflush(NULL);
	writer.pid = fork();
	assert_return_code(writer.pid, errno);
	if (!writer.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		close(done[0]);
		writer_self.go = go[0];
		writer_self.done = done[1];
		writer_pause();
		fn(arg);
		_exit(0);
	}
	close(go[0]);
	close(done[1]);
	writer.go = go[1];
	writer.done = done[0];
	return writer;
}

/* Until the writer is held, at its start or in writer_pause(); what comes meanwhile is delivered. */
static inline void writer_await(struct watch *w, const struct writer *writer) {
	uint64_t start = clock_monotonic_ns();
	char c;
	while (!watch_poll(w, writer->done))
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("the writer does not come on");
	assert_int_equal(read(writer->done, &c, 1), 1);
}

/* Lets a writer on that has been awaited. */
static inline void writer_resume(const struct writer *writer) {
	assert_int_equal(write(writer->go, "", 1), 1);
}

/* Lets a held writer on. */
static inline void writer_go(struct watch *w, const struct writer *writer) {
	writer_await(w, writer);
	writer_resume(writer);
}

/* Until the writer has ended, which must be well; what comes meanwhile is delivered. */
static inline void writer_join(struct watch *w, struct writer *writer) {
	uint64_t moved = clock_monotonic_ns(), bytes = w->bytes;
	char c;
	int status;
	/* The pipe ends when the last process that inherited it has gone. */
	while (!watch_poll(w, writer->done) || read(writer->done, &c, 1) != 0) {
		if (w->bytes != bytes)
			moved = clock_monotonic_ns();
		bytes = w->bytes;
		if (clock_monotonic_ns() - moved > PATIENCE_NS)
			fail_msg("the writer does not end");
	}
	assert_int_equal(waitpid(writer->pid, &status, 0), writer->pid);
	close(writer->go);
	close(writer->done);
	assert_int_equal(status, 0);
}

/* The whole life of a writer under watch, and the end of the watch. */
static inline void watch_run(struct watch *w, void (*fn)(const void *arg), const void *arg) {
	struct writer writer = writer_start(fn, arg);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_join(w, &writer);
	watch_finish(w);
}

static inline int watch_setup(void **state) {
	struct watch *w = calloc(1, sizeof(*w));
	told = mmap(NULL, TOLD_MAX * sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!w || told == MAP_FAILED)
		return -1;
	const struct hooked *h = *state;
	w->test = h->test;
	w->hook = h->hook;
	strcpy(w->dir, "/tmp/kernel-XXXXXX");
	*state = w;
	return mkdtemp(w->dir) ? 0 : -1;
}

static inline int watch_remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline int watch_teardown(void **state) {
	struct watch *w = *state;
	if (w->capture)
		watch_end(w);
	capture_close(w->capture);
	for (size_t i = 0; i < w->taken_len; i++) {
		free(w->taken[i].executable);
		free(w->taken[i].data);
	}
	free(w->taken);
	blind_spots_release(&w->blind);
	munmap(told, TOLD_MAX * sizeof(*told));
	if (w->cgroup[0])
		rmdir(w->cgroup);
	nftw(w->dir, watch_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(w);
	return 0;
}

/* Skips before the test has left anything behind that others would see. */
static inline void watch_test(void **state) {
	struct watch *w = *state;
	skip_without_hook(w->hook);
	w->test(state);
}

#define ONE_HOOK(test, name, hook)                                                                                     \
	{                                                                                                                  \
#test " (" name ")", watch_test, watch_setup, watch_teardown, &(struct hooked) {                               \
			test, hook                                                                                                 \
		}                                                                                                              \
	}
/* Entries of a table of tests: test(state) is run under each hook, with *state a struct watch. */
#define BOTH_HOOKS(test) ONE_HOOK(test, "tracepoint", CAPTURE_HOOK_TRACEPOINT), ONE_HOOK(test, "raw", CAPTURE_HOOK_RAW)

#endif
