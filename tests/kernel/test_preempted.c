/* SPDX-License-Identifier: MIT */
/*
 * Writers that preempt each other on one cpu, by other calls and with other logs: since Linux 7.0 also in the middle of
 * our programs. What is delivered is whole, in its log and in its order; what is not is counted. So are forks.
 */
#include "ring.h"

#include <sched.h>
#include <sys/uio.h>
#include <time.h>

#define LINES 10000 /* of the one that is preempted */
#define LINE_MAX 1400

enum who { PREEMPTED, BY_RING, BY_VECTORS, BY_MAPPING, WHO };

struct job {
	char logs[WHO][108];
	int cpu;
};

/* "<who> <number> <length> " and bytes that go with them. */
static size_t line_make(char p[static LINE_MAX], enum who who, uint32_t n) {
	size_t len = 40 + (n * 7919u + 131u * who) % (LINE_MAX - 40);
	int head = snprintf(p, LINE_MAX, "%d %u %zu ", who, n, len);
	pattern_fill(p + head, len - (size_t)head, n * WHO + who);
	return len;
}

/* Real time, so that they preempt whoever is in the kernel. */
static void must_be_on_cpu(const struct job *job, int priority) {
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET(job->cpu, &cpus);
	must(!sched_setaffinity(0, sizeof(cpus), &cpus));
	must(!priority || !sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = priority}));
}

static void write_by_ring(struct io_uring *ring, int fd, char *p, size_t len) {
	io_uring_prep_write(must_sqe(ring), fd, p, (unsigned)len, (__u64)-1);
	must(io_uring_submit(ring) == 1);
	must(must_result(ring) == (int)len);
}

/* A new log each time: its path is walked, in memory that a write's announcement also needs. */
static void map_and_write(const struct job *job, uint32_t n, char *p, size_t len) {
	char path[128];
	snprintf(path, sizeof(path), "%s-%u.log", job->logs[BY_MAPPING], n % 64);
	int fd = must_open(path, O_RDWR | O_CREAT | O_APPEND);
	void *map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED);
	munmap(map, 4096);
	must_write(fd, p, len);
	close(fd);
	must(!unlink(path));
}

/* Until the one that is preempted has written all: told[who] is how many of his own. */
static void preempt(const struct job *job, enum who who) {
	struct io_uring ring;
	char p[LINE_MAX];
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody else would stop it */
	int fd = must_open_log(job->logs[who]);
	must_ring(&ring, 0);
	must_be_on_cpu(job, 1 + (int)who);
	for (uint32_t n = 0; !__atomic_load_n(&told[WHO], __ATOMIC_SEQ_CST); n++) {
		size_t len = line_make(p, who, n);
		struct iovec iov[] = {{p, len / 2}, {p + len / 2, len - len / 2}};
		nanosleep(&(struct timespec){.tv_nsec = 20000 * (1 + (long)who)}, NULL);
		if (who == BY_RING)
			write_by_ring(&ring, fd, p, len);
		else if (who == BY_VECTORS)
			must(writev(fd, iov, 2) == (ssize_t)len);
		else
			map_and_write(job, n, p, len);
		told[who] = n + 1;
	}
	_exit(0);
}

static void write_and_be_preempted(const void *arg) {
	const struct job *job = arg;
	char p[LINE_MAX];
	for (enum who who = BY_RING; who < WHO; who++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid)
			preempt(job, who);
	}
	int fd = must_open_log(job->logs[PREEMPTED]);
	must_be_on_cpu(job, 0);
	for (uint32_t n = 0; n < LINES; n++)
		must_write(fd, p, line_make(p, PREEMPTED, n));
	told[PREEMPTED] = LINES;
	__atomic_store_n(&told[WHO], 1, __ATOMIC_SEQ_CST);
	for (enum who who = BY_RING; who < WHO; who++)
		must_one_exit_0();
}

struct checker {
	const struct job *job;
	uint32_t next[WHO];      /* the first number that may come */
	char line[2 * LINE_MAX]; /* of two pieces, by writev() */
	size_t len;
};

static void check_line(struct checker *c, const struct capture_write *d) {
	char want[LINE_MAX];
	unsigned who, n;
	c->line[c->len] = 0;
	if (sscanf(c->line, "%u %u ", &who, &n) != 2 || who >= WHO)
		fail_msg("%zu bytes came that nobody wrote", c->len);
	if (c->len != line_make(want, who, n) || memcmp(c->line, want, c->len))
		fail_msg("line %u of writer %u came changed", n, who);
	if (strncmp(d->sink->name, c->job->logs[who], strlen(c->job->logs[who])))
		fail_msg("line %u of writer %u came from %s", n, who, d->sink->name);
	if (n < c->next[who])
		fail_msg("line %u of writer %u came again", n, who);
	c->next[who] = n + 1;
}

static void take(struct watch *w, const struct capture_write *d) {
	struct checker *c = w->take_arg;
	if (!d->continued)
		c->len = 0;
	assert_true(d->len && c->len + d->len <= LINE_MAX);
	memcpy(c->line + c->len, d->data, d->len);
	c->len += d->len;
	unsigned len;
	c->line[c->len] = 0;
	if (sscanf(c->line, "%*u %*u %u ", &len) != 1)
		fail_msg("%zu bytes came that nobody wrote", d->len);
	if (c->len == len)
		check_line(c, d);
}

static void what_preempts_a_write_changes_nothing_of_it(void **state) {
	struct watch *w = *state;
	struct job job = {.cpu = sched_getcpu()};
	struct checker c = {.job = &job};
	static const char *const names[WHO] = {"a.log", "ring.log", "vectors.log", "mapped"};
	skip_without_ring(0);
	for (int i = 0; i < WHO; i++)
		watch_path(w, names[i], job.logs[i]);
	w->may_miss = true;
	w->take = take;
	w->take_arg = &c;
	watch_open_with(w, (struct capture_config){.ring_bytes = 64u * 1024 * 1024});
	watch_run(w, write_and_be_preempted, &job);
	uint64_t written = 0;
	for (int i = 0; i < WHO; i++)
		written += told[i];
	printf("NOTE: %llu writes, %llu of them seen; %llu calls missed\n", (unsigned long long)written,
	       (unsigned long long)w->totals.seen_writes, (unsigned long long)watch_missed(w));
	assert_true(told[BY_RING] && told[BY_VECTORS] && told[BY_MAPPING]);
	assert_seen_writes(w, written);
}

#define CHILDREN 100
#define CHILD_LINES 20

static void fork_writer(int fd, enum who who) {
	static const char line[] = "a child was here\n";
	pid_t pid = fork();
	must(pid >= 0);
	for (int i = 0; !pid && i < CHILD_LINES; i++)
		must_write(fd, line, strlen(line));
	if (!pid)
		_exit(0);
	must_exit_0(pid);
	told[who] += CHILD_LINES;
}

static void fork_and_preempt(const struct job *job) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int fd = must_open_log(job->logs[BY_RING]);
	must_be_on_cpu(job, 1);
	while (!__atomic_load_n(&told[WHO], __ATOMIC_SEQ_CST)) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		fork_writer(fd, BY_RING);
	}
	_exit(0);
}

static void fork_and_be_preempted(const void *arg) {
	const struct job *job = arg;
	pid_t pid = fork();
	must(pid >= 0);
	if (!pid)
		fork_and_preempt(job);
	int fd = must_open_log(job->logs[PREEMPTED]);
	must_be_on_cpu(job, 0);
	for (int i = 0; i < CHILDREN; i++)
		fork_writer(fd, PREEMPTED);
	__atomic_store_n(&told[WHO], 1, __ATOMIC_SEQ_CST);
	must_exit_0(pid);
}

static void ignore(struct watch *w, const struct capture_write *d) {
	(void)w, (void)d;
}

/* Of one that was not all lines would be missing, for one missed call. */
static void children_of_forks_that_preempt_each_other_are_followed(void **state) {
	struct watch *w = *state;
	struct job job = {.cpu = sched_getcpu()};
	watch_path(w, "a.log", job.logs[PREEMPTED]);
	watch_path(w, "b.log", job.logs[BY_RING]);
	w->may_miss = true;
	w->take = ignore;
	watch_open_with(w, (struct capture_config){.ring_bytes = 64u * 1024 * 1024});
	watch_run(w, fork_and_be_preempted, &job);
	uint64_t written = told[PREEMPTED] + told[BY_RING];
	printf("NOTE: %llu writes of children, %llu of them seen; %llu calls missed\n", (unsigned long long)written,
	       (unsigned long long)w->totals.seen_writes, (unsigned long long)watch_missed(w));
	assert_true(told[BY_RING]);
	assert_seen_writes(w, written);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(what_preempts_a_write_changes_nothing_of_it),
	    BOTH_HOOKS(children_of_forks_that_preempt_each_other_are_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
