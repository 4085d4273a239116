/* SPDX-License-Identifier: MIT */
/*
 * How long after the write() a finding is there to be read: 50,000 lines a second to /dev/null, beside them 200 a
 * second with a mail address, each to a log of its own that has been seen before, so that each is a new finding and is
 * told at once. From the moment before the write to the moment when the JSON line has been read from the pipe.
 */
#include "tests/bench/agent.h"

#include <limits.h>
#include <math.h>
#include <sys/mman.h>

#define PER_SECOND 50000
#define EVERY 250
#define SAMPLES 4000
#define BUCKETS_A_DECADE 10

/* Shared with the writer. */
struct shared {
	uint64_t written_ns[SAMPLES];
	uint32_t ready, go;
};

struct reader {
	struct shared *shared;
	double ms[SAMPLES];
	bool seen[SAMPLES];
	size_t len;
};

struct writing {
	struct shared *shared;
	int null, logs[SAMPLES];
	char lines[LINES][LINE_BYTES + 1];
};

static char *dir;

static void log_path(char ret[PATH_MAX], unsigned i) {
	snprintf(ret, PATH_MAX, "%s/%u.log", dir, i);
}

static void write_line(void *arg, uint64_t i) {
	static const char leak[] = "2026-11-22 18:00:00 INFO signup done, email=aino.virtanen@kuusikoti.fi\n";
	struct writing *w = arg;
	uint64_t sample = i / EVERY;
	if (i % EVERY == EVERY - 1 && sample < SAMPLES) {
		__atomic_store_n(&w->shared->written_ns[sample], clock_monotonic_ns(), __ATOMIC_RELEASE);
		must(write(w->logs[sample], leak, sizeof(leak) - 1) > 0);
	}
	must(write(w->null, w->lines[i % LINES], LINE_BYTES) == LINE_BYTES);
}

static void open_logs(struct writing *w) {
	char path[PATH_MAX];
	must(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){SAMPLES + 100, SAMPLES + 100}));
	for (unsigned i = 0; i < SAMPLES; i++) {
		log_path(path, i);
		w->logs[i] = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
		must(w->logs[i] >= 0);
	}
}

static void wait_for(const uint32_t *flag) {
	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* The first line of each log is before the clock runs: the agent judges it then. */
static void writer_main(struct shared *shared) {
	static struct writing w;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu_of_writer());
	w.shared = shared;
	w.null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	lines_make(w.lines);
	memcpy(w.lines[LINES / 2], w.lines[0], LINE_BYTES); /* no other finding */
	open_logs(&w);
	wait_for(&shared->go);
	for (unsigned i = 0; i < SAMPLES; i++)
		must(write(w.logs[i], "started\n", 8) == 8);
	sleep(1);
	pace(PER_SECOND, (double)SAMPLES * EVERY / PER_SECOND + 0.5, write_line, &w);
	_exit(0);
}

static void take_line(struct reader *r, json_t *line, uint64_t now) {
	json_t *sink = json_object_get(json_object_get(line, "logspill"), "sink");
	const char *path = json_string_value(json_object_get(sink, "path"));
	const char *slash = path ? strrchr(path, '/') : NULL;
	unsigned i = slash ? (unsigned)strtoul(slash + 1, NULL, 10) : SAMPLES;
	if (i >= SAMPLES || r->seen[i])
		return;
	r->seen[i] = true;
	uint64_t written = __atomic_load_n(&r->shared->written_ns[i], __ATOMIC_ACQUIRE);
	r->ms[r->len++] = (double)(now - written) / 1e6;
}

static void late_line(void *arg, json_t *line) {
	take_line(arg, line, clock_monotonic_ns());
}

static void read_findings(struct agent *agent, struct reader *r, pid_t writer) {
	while (r->len < SAMPLES && waitpid(writer, NULL, WNOHANG) == 0) {
		json_t *line = agent_next(agent);
		take_line(r, line, clock_monotonic_ns());
		json_decref(line);
	}
}

static void keep_histogram(const struct reader *r) {
	for (size_t i = 0, next; i < r->len; i = next) {
		int bucket = (int)floor(log10(r->ms[i]) * BUCKETS_A_DECADE);
		for (next = i; next < r->len && (int)floor(log10(r->ms[next]) * BUCKETS_A_DECADE) == bucket;)
			next++;
		bench_row("{s:f, s:f, s:i}", "from_ms", pow(10, (double)bucket / BUCKETS_A_DECADE), "to_ms",
		          pow(10, (double)(bucket + 1) / BUCKETS_A_DECADE), "findings", (int)(next - i));
	}
}

static void report(struct reader *r, const struct agent_totals *t) {
	printf("from write() to finding, %d lines a second, %zu of %d findings, %llu of %llu writes lost\n", PER_SECOND,
	       r->len, SAMPLES, (unsigned long long)t->lost, (unsigned long long)t->seen);
	static const double quantiles[] = {0.5, 0.9, 0.99, 0.999, 1};
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		double ms = bench_quantile(r->ms, r->len, quantiles[i]);
		printf("  p%-5g %8.2f ms%s\n", 100 * quantiles[i], ms, quantiles[i] == 0.99 ? "  (goal: under 10)" : "");
		bench_row("{s:f, s:f}", "quantile", quantiles[i], "ms", ms);
	}
	keep_histogram(r);
}

int main(void) {
	static struct reader reader;
	struct agent agent = {0};
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	dir = bench_dir("BENCH_TMPFS");
	reader.shared = mmap(NULL, sizeof(*reader.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(reader.shared != MAP_FAILED);
	pid_t writer = fork();
	must(writer >= 0);
	if (writer == 0)
		writer_main(reader.shared);
	pin(0);
	agent_start(&agent, writer, "/dev/null", NULL);
	__atomic_store_n(&reader.shared->go, 1, __ATOMIC_RELEASE);
	read_findings(&agent, &reader, writer);
	struct agent_totals totals = agent_stop(&agent, late_line, &reader);
	report(&reader, &totals);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	return 0;
}
