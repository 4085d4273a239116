/* SPDX-License-Identifier: MIT */
/*
 * What watching costs the watched program and its neighbours, in ns a call, against the barest BPF program that copies
 * the same bytes and against bpftrace. Every mode is measured in short slices beside a baseline of the same moment;
 * rounds are interleaved; the figure is the median over rounds of (mode - baseline).
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/capture.h"
#include "capture/event.h"

#include <bpf/libbpf.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bench/barest.skel.h"
#include "tests/bench/bench.h"

#define PAYLOAD 120
#define SLICE_CALLS 4000
#define SLICES 40
#define ROUNDS_MAX 25

enum call { CALL_WRITE, CALL_GETPID };

/* A process that makes calls when told to, and says what one cost. */
struct writer {
	pid_t pid;
	int ask, answer;
};

static int cpu_of_writer(void) {
	return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0;
}

static void pin(int cpu) {
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static double slice(enum call call, int fd, const char *payload) {
	uint64_t start = clock_monotonic_ns();
	for (int i = 0; i < SLICE_CALLS; i++)
		if (call == CALL_WRITE ? write(fd, payload, PAYLOAD) != PAYLOAD : syscall(SYS_getpid) < 0)
			_exit(1);
	return (double)(clock_monotonic_ns() - start) / SLICE_CALLS;
}

static void writer_main(int ask, int answer) {
	char payload[PAYLOAD], call;
	int fd = open("/dev/null", O_WRONLY);
	memset(payload, 'x', sizeof(payload));
	payload[PAYLOAD - 1] = '\n';
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu_of_writer());
	while (read(ask, &call, 1) == 1) {
		double ns = slice(call, fd, payload);
		if (write(answer, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

static struct writer writer_start(void) {
	int ask[2], answer[2];
	if (pipe2(ask, O_CLOEXEC) || pipe2(answer, O_CLOEXEC | O_NONBLOCK))
		exit(1);
	struct writer w = {.pid = fork(), .ask = ask[1], .answer = answer[0]};
	if (w.pid == 0) {
		close(ask[1]);
		writer_main(ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	return w;
}

static void writer_stop(struct writer *w) {
	close(w->ask);
	close(w->answer);
	kill(w->pid, SIGKILL); /* a later child holds the other end of its pipe open */
	waitpid(w->pid, NULL, 0);
}

/* Something that is attached while a slice runs, and whose ring is emptied meanwhile. */
struct mode {
	const char *name;
	enum call call;
	int (*open)(struct mode *m, const struct writer *w);
	void (*drain)(struct mode *m);
	void (*close)(struct mode *m); /* adds to lost */
	struct capture *capture;
	struct barest *barest;
	struct ring_buffer *ring;
	struct bpf_link *link;
	int event;
	pid_t peer;
	uint64_t lost;
	double ns[ROUNDS_MAX];
	size_t rounds;
};

static int by_value(const void *a, const void *b) {
	double d = *(const double *)a - *(const double *)b;
	return d < 0 ? -1 : d > 0;
}

static double quantile(const double *values, size_t n, double q) {
	double sorted[SLICES > ROUNDS_MAX ? SLICES : ROUNDS_MAX];
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	return sorted[(size_t)((double)(n - 1) * q)];
}

/* Lower quartile of short slices: what the call costs when the machine is left alone. */
static double measure(const struct writer *w, enum call call, struct mode *m) {
	double ns[SLICES];
	for (int i = 0; i < SLICES; i++) {
		if (write(w->ask, &(char){(char)call}, 1) != 1)
			exit(1);
		while (read(w->answer, &ns[i], sizeof(ns[i])) != sizeof(ns[i])) {
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
			if (m && m->drain)
				m->drain(m);
		}
	}
	return quantile(ns, SLICES, 0.25);
}

static void ignore_write(void *arg, const struct capture_write *w) {
	*(uint64_t *)arg += w->len;
}

static uint64_t delivered_bytes;
static const struct capture_handler handler = {.arg = &delivered_bytes, .write = ignore_write};

static int open_capture(struct mode *m, pid_t target, bool null_is_log) {
	struct capture_config config = {
	    .hook = CAPTURE_HOOK_TRACEPOINT, .sink_globs = &(const char *){"/dev/null"}, .sink_globs_len = null_is_log};
	_cleanup_(diags_release) struct diags diags = {0};
	int r = capture_open(&m->capture, &config, &diags);
	if (r >= 0)
		r = capture_add_process(m->capture, target, &diags);
	diags_print(&diags, stderr);
	return r;
}

static int open_target(struct mode *m, const struct writer *w) {
	return open_capture(m, w->pid, true);
}
static int open_not_log(struct mode *m, const struct writer *w) {
	return open_capture(m, w->pid, false);
}
static int open_bystander(struct mode *m, const struct writer *w) {
	(void)w;
	return open_capture(m, m->peer, false);
}
static void drain_capture(struct mode *m) {
	capture_dispatch(m->capture, &handler);
}

static void close_capture(struct mode *m) {
	struct capture_totals totals;
	capture_finish(m->capture, &handler);
	if (capture_totals(m->capture, &totals) >= 0)
		for (int i = 0; i < WIRE_LOSS_COUNT; i++)
			m->lost += totals.lost[i].writes;
	capture_close(take(m->capture));
}

static int on_barest(void *arg, void *data, size_t len) {
	(void)arg;
	delivered_bytes += ((struct wire_data *)data)->len + len;
	return 0;
}

static int open_barest(struct mode *m, const struct writer *w) {
	m->barest = barest__open();
	if (!m->barest)
		return -errno;
	m->barest->rodata->payload_bytes = PAYLOAD;
	int r = barest__load(m->barest);
	if (r)
		return r;
	m->event = event_open("syscalls/sys_exit_write");
	m->link = m->event < 0 ? NULL : bpf_program__attach_perf_event(m->barest->progs.barest_write, m->event);
	if (!m->link)
		return m->event < 0 ? m->event : -errno;
	m->ring = ring_buffer__new(bpf_map__fd(m->barest->maps.ring), on_barest, NULL, NULL);
	__u32 pid = (__u32)w->pid;
	__u64 one = 1;
	return bpf_map__update_elem(m->barest->maps.processes, &pid, sizeof(pid), &one, sizeof(one), 0);
}

static void drain_barest(struct mode *m) {
	ring_buffer__consume(m->ring);
}

static void close_barest(struct mode *m) {
	m->lost += m->barest->bss->dropped;
	ring_buffer__free(m->ring);
	bpf_link__destroy(m->link); /* closes the event */
	barest__destroy(take(m->barest));
}

/* bpftrace wants tracefs at its usual place: in a mount namespace of its own, where it may not be. */
static void mount_tracefs(void) {
	if (access("/sys/kernel/tracing/events", F_OK) == 0)
		return;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL))
		fprintf(stderr, "bench: no tracefs for bpftrace: %s\n", strerror(errno));
}

/* Starts bpftrace and waits until it says that its probes are in place. */
static int start_bpftrace(struct mode *m, const struct writer *w, const char *action) {
	_cleanup_free_ char *program = NULL;
	if (asprintf(&program, "BEGIN { printf(\"ready\\n\"); } tracepoint:syscalls:sys_enter_write /pid == %d/ { %s }",
	             w->pid, action) < 0)
		return -ENOMEM;
	int out[2];
	if (pipe2(out, O_CLOEXEC))
		return -errno;
	m->peer = fork();
	if (m->peer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGINT);
		dup2(out[1], 1);
		mount_tracefs();
		/* It complains of limits that do no harm; that it does not start is seen at its first line. */
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), 2);
		setenv("BPFTRACE_STRLEN", "128", 1);
		execlp("bpftrace", "bpftrace", "-B", "line", "-e", program, NULL);
		_exit(127);
	}
	close(out[1]);
	char seen[256] = "";
	size_t len = 0;
	ssize_t n;
	while (!strstr(seen, "ready") && len < sizeof(seen) - 1 &&
	       (n = read(out[0], seen + len, sizeof(seen) - 1 - len)) > 0)
		len += (size_t)n;
	if (!strstr(seen, "ready"))
		return -ENOENT;
	/* What it prints from here on is read and thrown away, by a process of its own so that nothing blocks. */
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		char drop[65536];
		while (read(out[0], drop, sizeof(drop)) > 0)
			;
		_exit(0);
	}
	close(out[0]);
	return 0;
}

static int open_bpftrace_count(struct mode *m, const struct writer *w) {
	return start_bpftrace(m, w, "@ = count();");
}
static int open_bpftrace_copy(struct mode *m, const struct writer *w) {
	return start_bpftrace(m, w, "printf(\"%s\", str(args->buf, args->count));");
}
static int open_bpftrace_map(struct mode *m, const struct writer *w) {
	return start_bpftrace(m, w, "@ = str(args->buf, args->count);");
}

static void close_bpftrace(struct mode *m) {
	kill(m->peer, SIGINT);
	while (waitpid(-1, NULL, 0) != m->peer)
		;
	waitpid(-1, NULL, WNOHANG);
}

static struct mode modes[] = {
    {.name = "barest copy", .open = open_barest, .drain = drain_barest, .close = close_barest},
    {.name = "target", .open = open_target, .drain = drain_capture, .close = close_capture},
    {.name = "not a log", .open = open_not_log, .drain = drain_capture, .close = close_capture},
    {.name = "bystander write", .open = open_bystander, .drain = drain_capture, .close = close_capture},
    {.name = "bystander getpid",
     .call = CALL_GETPID,
     .open = open_bystander,
     .drain = drain_capture,
     .close = close_capture},
    {.name = "bpftrace count", .open = open_bpftrace_count, .close = close_bpftrace},
    {.name = "bpftrace copy to map", .open = open_bpftrace_map, .close = close_bpftrace},
    {.name = "bpftrace copy out", .open = open_bpftrace_copy, .close = close_bpftrace},
};
#define MODES (sizeof(modes) / sizeof(*modes))

static void run_round(const struct writer *w) {
	for (size_t i = 0; i < MODES; i++) {
		struct mode *m = &modes[i];
		double before = measure(w, m->call, NULL);
		if (m->open(m, w) < 0) {
			fprintf(stderr, "bench: cannot start '%s'\n", m->name);
			exit(1);
		}
		measure(w, m->call, m); /* warm: first sight of process and sink */
		double with = measure(w, m->call, m);
		m->close(m);
		double after = measure(w, m->call, NULL);
		m->ns[m->rounds++] = with - (before + after) / 2;
	}
}

static double median(const char *name) {
	for (size_t i = 0; i < MODES; i++)
		if (!strcmp(modes[i].name, name))
			return quantile(modes[i].ns, modes[i].rounds, 0.5);
	abort();
}

static void report(void) {
	printf("\nadded ns a call, %d-byte write() to /dev/null or getpid(); median [each round]\n", PAYLOAD);
	for (size_t i = 0; i < MODES; i++) {
		printf("  %-22s %7.0f  [", modes[i].name, median(modes[i].name));
		for (size_t r = 0; r < modes[i].rounds; r++)
			printf("%s%.0f", r ? " " : "", modes[i].ns[r]);
		printf("]%s", modes[i].lost ? "" : "\n");
		if (modes[i].lost)
			printf("  lost %llu\n", (unsigned long long)modes[i].lost);
		bench_row("{s:s, s:f, s:I}", "mode", modes[i].name, "added_ns", median(modes[i].name), "lost",
		          (json_int_t)modes[i].lost);
	}
	printf("\nratios and bounds\n");
	printf("  target / barest copy            %.2f  (at most 1.3)\n", median("target") / median("barest copy"));
	printf("  target / bpftrace copy out      %.2f  (at most 0.8)\n", median("target") / median("bpftrace copy out"));
	printf("  target / bpftrace copy to map   %.2f\n", median("target") / median("bpftrace copy to map"));
	printf("  not a log                       %.0f ns (under 200)\n", median("not a log"));
	printf("  bystander getpid                %.0f ns (at most 30)\n", median("bystander getpid"));
}

int main(int argc, char **argv) {
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 9;
	struct writer w = writer_start(), bystander = writer_start();
	libbpf_set_print(NULL);
	pin(0);
	for (size_t i = 0; i < MODES; i++)
		modes[i].peer = bystander.pid;
	for (size_t i = 0; i < rounds && i < ROUNDS_MAX; i++) {
		fprintf(stderr, "round %zu of %zu\n", i + 1, rounds);
		run_round(&w);
	}
	report();
	writer_stop(&w);
	writer_stop(&bystander);
	return 0;
}
