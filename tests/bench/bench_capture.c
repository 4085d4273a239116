/* SPDX-License-Identifier: MIT */
/*
 * What watching costs the watched program and its neighbours, in ns a call: over the size of a write, over the places
 * that are written to, with both hooks; against the barest BPF program that copies the same bytes and against the
 * tools that a user would otherwise reach for. Every mode is measured in short slices beside a baseline of the same
 * moment; rounds are interleaved; a figure is the median over rounds of (mode - baseline), a ratio the median of the
 * ratios of each round. What there are bounds for is measured in more rounds: `bench_capture bounds` does no other.
 */
#include "base/cleanup.h"
#include "capture/capture.h"
#include "capture/event.h"
#include "tests/bench/bench.h"
#include "tests/bench/peers.h"
#include "tests/bench/writer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <math.h>
#include <poll.h>
#include <sys/epoll.h>

#include "tests/bench/barest.skel.h"

#define ROUNDS 9
#define ROUNDS_OF_BOUNDS 25
#define SLICES 16
#define SLICES_EXACT 48 /* of what the bounds are about */
#define WARM_UP_NS (150 * 1000 * 1000ull)
#define SLICE_CALLS 500 /* well below a tick of the scheduler */
#define CELLS (PLACES * SIZES + 1)
#define CELL_GETPID (PLACES * SIZES)

/* A call in one place of one size. */
struct cell {
	enum place place;
	unsigned size;
};

static struct cell cell_at(size_t i) {
	return i == CELL_GETPID ? (struct cell){PLACE_NONE, 0} : (struct cell){i / SIZES, sizes[i % SIZES]};
}
static size_t cell_index(enum place place, unsigned size) {
	for (size_t i = 0; i < CELLS; i++)
		if (cell_at(i).place == place && cell_at(i).size == size)
			return i;
	abort();
}

struct bench {
	struct places places;
	struct writer writer, bystander;
	bool bounds; /* this round is about them alone */
};

#define ON(place) (1u << (place))
#define EVERYWHERE (ON(PLACES) - 1)

/* Something that is attached while slices run, and whose ring is emptied meanwhile. */
struct mode {
	const char *name;
	enum capture_hook hook;
	bool bounded;
	unsigned places; /* where it is measured */
	unsigned slower; /* so many times fewer calls */
	int (*open)(struct mode *m, const struct bench *b);
	void (*drain)(struct mode *m);
	void (*close)(struct mode *m); /* adds to lost */
	const char *action;            /* bpftrace's */
	unsigned size_max;             /* 0: any */
	struct capture *capture;
	struct barest *barest;
	struct ring_buffer *ring;
	struct bpf_link *link;
	struct peer peer;
	int fd; /* readable when there is something to drain; -1: nothing ever is */
	const char *skipped;
	uint64_t lost;
	size_t rounds[CELLS];
	double base[CELLS][ROUNDS_OF_BOUNDS], added[CELLS][ROUNDS_OF_BOUNDS];
};

static bool is_bounded(struct cell c) {
	return c.place == PLACE_NONE || (c.place == PLACE_NULL && (c.size == 120 || c.size == 4096 || c.size == 65536));
}

static bool has_cell(const struct mode *m, size_t i) {
	struct cell c = cell_at(i);
	if (c.place == PLACE_NONE)
		return m->places & ON(PLACE_NONE);
	return (m->places & ON(c.place)) && (!m->size_max || c.size <= m->size_max);
}

static void drain_until_answer(const struct writer *w, struct mode *m, double *ret_ns) {
	struct pollfd fds[] = {{.fd = w->answer, .events = POLLIN}, {.fd = m ? m->fd : -1, .events = POLLIN}};
	while (!fds[0].revents) {
		must(poll(fds, 2, m && m->drain ? 5 : -1) >= 0);
		if (m && m->drain)
			m->drain(m);
	}
	must(read(w->answer, ret_ns, sizeof(*ret_ns)) == sizeof(*ret_ns));
}

static bool is_exact(struct cell c) {
	return c.place == PLACE_NONE || c.place == PLACE_NULL;
}

/* Lower quartile of short slices: what the call costs when the machine is left alone. The first ones warm up. */
static double measure(const struct bench *b, struct cell c, const struct mode *what, struct mode *attached) {
	double ns[SLICES_EXACT + 2];
	size_t slices = 2 + (is_exact(c) ? SLICES_EXACT : SLICES);
	unsigned calls = c.size && HELD_BYTES / c.size < SLICE_CALLS ? HELD_BYTES / c.size : SLICE_CALLS;
	struct order o = {c.place, what->open && what->places & ON(PLACE_PIPE) && strcmp(what->name, "not a log"), c.size,
	                  calls / what->slower ? calls / what->slower : 1};
	for (size_t i = 0; i < slices; i++) {
		must(write(b->writer.ask, &o, sizeof(o)) == sizeof(o));
		drain_until_answer(&b->writer, attached, &ns[i]);
		places_drain(&b->places);
	}
	return bench_quantile(ns + 2, slices - 2, 0.25);
}

static uint64_t delivered_bytes;

static void ignore_write(void *arg, const struct capture_write *w) {
	*(uint64_t *)arg += w->len;
}

static const struct capture_handler handler = {.arg = &delivered_bytes, .write = ignore_write};

static int open_capture(struct mode *m, pid_t target, const char *const *globs, size_t globs_len) {
	const struct capture_config config = {.hook = m->hook, .sink_globs = globs, .sink_globs_len = globs_len};
	_cleanup_(diags_release) struct diags diags = {0};
	int r = capture_open(&m->capture, &config, &diags);
	if (r >= 0)
		r = capture_add_process(m->capture, target, &diags);
	diags_print(&diags, stderr);
	m->fd = r < 0 ? -1 : capture_fd(m->capture);
	return r;
}

static int open_target(struct mode *m, const struct bench *b) {
	const struct places *p = &b->places;
	const char *globs[] = {"/dev/null", p->tmpfs_path, p->disk_path, p->socket_path};
	return open_capture(m, b->writer.pid, globs, sizeof(globs) / sizeof(*globs));
}
static int open_not_log(struct mode *m, const struct bench *b) {
	return open_capture(m, b->writer.pid, NULL, 0);
}
static int open_bystander(struct mode *m, const struct bench *b) {
	return open_capture(m, b->bystander.pid, NULL, 0);
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

static int attach(struct mode *m, const struct bpf_program *prog) {
	if (m->hook == CAPTURE_HOOK_RAW) {
		m->link = bpf_program__attach(prog);
		return m->link ? 0 : -errno;
	}
	int event = event_open("syscalls/sys_exit_write");
	m->link = event < 0 ? NULL : bpf_program__attach_perf_event(prog, event);
	return event < 0 ? event : m->link ? 0 : -errno;
}

/* One of the programs of barest.bpf.c. */
static int open_program(struct mode *m, const char *raw, const char *tracepoint) {
	m->barest = barest__open();
	if (!m->barest)
		return -errno;
	const char *name = m->hook == CAPTURE_HOOK_RAW ? raw : tracepoint;
	struct bpf_program *prog;
	bpf_object__for_each_program(prog, m->barest->obj)
	    bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), name));
	int r = barest__load(m->barest);
	return r ? r : attach(m, bpf_object__find_program_by_name(m->barest->obj, name));
}

static int open_empty(struct mode *m, const struct bench *b) {
	(void)b;
	return open_program(m, "empty_raw", "empty_tracepoint");
}

static void close_empty(struct mode *m) {
	bpf_link__destroy(m->link); /* closes the event */
	barest__destroy(take(m->barest));
}

static int open_barest(struct mode *m, const struct bench *b) {
	int r = open_program(m, "barest_raw", "barest_tracepoint");
	if (r)
		return r;
	int ring_fd = bpf_map__fd(m->barest->maps.ring);
	m->ring = ring_buffer__new(ring_fd, on_barest, NULL, NULL);
	/* By edges, as logspill waits: libbpf's own descriptor is readable until the ring is empty. */
	m->fd = epoll_create1(EPOLL_CLOEXEC);
	must(m->ring && !epoll_ctl(m->fd, EPOLL_CTL_ADD, ring_fd, &(struct epoll_event){.events = EPOLLIN | EPOLLET}));
	__u32 pid = (__u32)b->writer.pid;
	__u64 one = 1;
	return bpf_map__update_elem(m->barest->maps.processes, &pid, sizeof(pid), &one, sizeof(one), 0);
}

static void drain_barest(struct mode *m) {
	struct epoll_event edge;
	(void)!epoll_wait(m->fd, &edge, 1, 0);
	ring_buffer__consume(m->ring);
}

static void close_barest(struct mode *m) {
	m->lost += m->barest->bss->dropped;
	close(m->fd);
	ring_buffer__free(m->ring);
	close_empty(m);
}

static int open_bpftrace(struct mode *m, const struct bench *b) {
	return bpftrace_start(&m->peer, b->writer.pid, m->action, m->size_max ? m->size_max : 64);
}
static int open_strace(struct mode *m, const struct bench *b) {
	return strace_start(&m->peer, b->writer.pid);
}
static int open_perf_trace(struct mode *m, const struct bench *b) {
	return perf_trace_start(&m->peer, b->writer.pid);
}
static void close_peer(struct mode *m) {
	peer_stop(&m->peer);
}

#define CAPTURE .drain = drain_capture, .close = close_capture
#define BAREST .open = open_barest, .drain = drain_barest, .close = close_barest
#define EMPTY .places = ON(PLACE_NULL) | ON(PLACE_NONE), .open = open_empty, .close = close_empty
#define TRACEPOINT .hook = CAPTURE_HOOK_TRACEPOINT, .slower = 1, .bounded = true
#define RAW .hook = CAPTURE_HOOK_RAW, .slower = 1, .bounded = true
#define PEER .places = ON(PLACE_NULL), .close = close_peer

/* The fastest copies that bpftrace is asked for hold whole writes: size_max is what it can. */
static struct mode modes[] = {
    {.name = "barest", TRACEPOINT, .places = EVERYWHERE, BAREST},
    {.name = "target", TRACEPOINT, .places = EVERYWHERE, .open = open_target, CAPTURE},
    {.name = "not a log", TRACEPOINT, .places = EVERYWHERE, .open = open_not_log, CAPTURE},
    {.name = "bystander", TRACEPOINT, .places = ON(PLACE_NULL) | ON(PLACE_NONE), .open = open_bystander, CAPTURE},
    {.name = "empty program", TRACEPOINT, EMPTY},
    {.name = "barest", RAW, .places = ON(PLACE_NULL) | ON(PLACE_TMPFS), BAREST},
    {.name = "target", RAW, .places = ON(PLACE_NULL) | ON(PLACE_TMPFS), .open = open_target, CAPTURE},
    {.name = "not a log", RAW, .places = ON(PLACE_NULL) | ON(PLACE_TMPFS), .open = open_not_log, CAPTURE},
    {.name = "bystander", RAW, .places = ON(PLACE_NULL) | ON(PLACE_NONE), .open = open_bystander, CAPTURE},
    {.name = "empty program", RAW, EMPTY},
    {.name = "bpftrace, count", PEER, .slower = 1, .open = open_bpftrace, .action = "@ = count();"},
    {.name = "bpftrace, copy to a map",
     PEER,
     .slower = 1,
     .open = open_bpftrace,
     .action = "@ = str(args->buf, args->count);"},
    {.name = "bpftrace, copy out",
     PEER,
     .slower = 4,
     .open = open_bpftrace,
     .action = "printf(\"%s\", str(args->buf, args->count));"},
    {.name = "perf trace", PEER, .slower = 20, .open = open_perf_trace},
    {.name = "strace", PEER, .slower = 100, .open = open_strace},
};
#define MODES (sizeof(modes) / sizeof(*modes))

static const char *hook_name(const struct mode *m) {
	return m->close == close_peer ? "" : m->hook == CAPTURE_HOOK_RAW ? "raw" : "tracepoint";
}

/* The longest of our writes that this bpftrace copies whole. */
static void find_copy_limit(const struct bench *b) {
	for (size_t i = 0; i < MODES; i++) {
		struct mode *m = &modes[i];
		if (!m->action || !strstr(m->action, "str("))
			continue;
		for (size_t k = SIZES; k-- && !m->size_max;) {
			m->size_max = sizes[k];
			if (m->open(m, b) < 0)
				m->size_max = 0;
			else
				m->close(m);
		}
		printf("%s: writes of up to %u bytes, it copies no longer ones whole\n", m->name, m->size_max);
	}
}

static __u32 newest_program(void) {
	__u32 id = 0;
	while (!bpf_prog_get_next_id(id, &id))
		;
	return id;
}

/* Events are let go behind our back, one after the other: until then they cost whatever is measured next. */
static void await_gone(__u32 newest) {
	__u32 id;
	for (int i = 0; i < 500 && !bpf_prog_get_next_id(newest, &id); i++)
		poll(NULL, 0, 10);
}

static bool is_measured(const struct bench *b, const struct mode *m, size_t cell) {
	return has_cell(m, cell) && (!b->bounds || is_bounded(cell_at(cell)));
}

static void run_mode(const struct bench *b, struct mode *m) {
	double before[CELLS];
	__u32 newest = newest_program();
	for (size_t i = 0; i < CELLS; i++)
		if (is_measured(b, m, i))
			before[i] = measure(b, cell_at(i), m, NULL);
	m->fd = -1;
	if (m->open(m, b) < 0) {
		m->skipped = "it does not start here";
		return;
	}
	/* The capture has the kernel time its programs for 50 ms, once it is open and then every 5 s (capture/cost.c),
	 * which costs each run two clock reads. */
	for (uint64_t start = clock_monotonic_ns(); clock_monotonic_ns() - start < WARM_UP_NS;)
		measure(b, cell_at(cell_index(PLACE_NULL, sizes[0])), m, m);
	for (size_t i = 0; i < CELLS; i++) {
		if (!is_measured(b, m, i))
			continue;
		m->base[i][m->rounds[i]] = before[i];
		m->added[i][m->rounds[i]++] = measure(b, cell_at(i), m, m) - before[i];
	}
	m->close(m);
	await_gone(newest);
}

/* Rounds begin with another mode each, so that none always comes before another. */
static void run_round(const struct bench *b, size_t round) {
	for (size_t i = 0; i < MODES; i++) {
		struct mode *m = &modes[(i + round) % MODES];
		if (!m->skipped && (!b->bounds || m->bounded))
			run_mode(b, m);
	}
}

/* A median of rounds, and the bounds that hold it in 95 of 100 cases, by ranks alone (binomial). */
struct estimate {
	double median, low, high;
};

static struct estimate estimate(const double *rounds, size_t n) {
	double sorted[ROUNDS_OF_BOUNDS];
	memcpy(sorted, rounds, n * sizeof(*sorted));
	double median = bench_quantile(sorted, n, 0.5), half = 0.98 * sqrt((double)n);
	size_t low = (double)n / 2 > half ? (size_t)((double)n / 2 - half) : 0;
	return (struct estimate){median, sorted[low], sorted[n - 1 - low]};
}

static double added(const struct mode *m, size_t cell) {
	return estimate(m->added[cell], m->rounds[cell]).median;
}

static double base(const struct mode *m, size_t cell) {
	return estimate(m->base[cell], m->rounds[cell]).median;
}

static void print_mode(const struct mode *m, enum place place) {
	printf("  %-24s %-10s", m->name, hook_name(m));
	for (size_t k = 0; k < SIZES; k++)
		if (has_cell(m, place * SIZES + k))
			printf(" %9.0f", added(m, place * SIZES + k));
		else
			printf(" %9s", "-");
	printf("\n");
}

static void print_place(const struct bench *b, enum place place) {
	printf("\nadded ns a write() to %s, by size\n  %-35s", b->places.names[place], "");
	for (size_t k = 0; k < SIZES; k++)
		printf(" %9u", sizes[k]);
	printf("\n  %-35s", "the write itself");
	for (size_t k = 0; k < SIZES; k++)
		printf(" %9.0f", base(&modes[0], place * SIZES + k));
	printf("\n");
	for (size_t i = 0; i < MODES; i++)
		if ((modes[i].places & ON(place)) && !modes[i].skipped)
			print_mode(&modes[i], place);
}

static void keep_rows(const struct bench *b) {
	for (size_t i = 0; i < MODES; i++)
		for (size_t k = 0; k < CELLS && !modes[i].skipped; k++) {
			struct mode *m = &modes[i];
			struct cell c = cell_at(k);
			if (!m->rounds[k])
				continue;
			bench_row("{s:s, s:s, s:s, s:i, s:f, s:f}", "mode", m->name, "hook", hook_name(m), "call",
			          c.place == PLACE_NONE ? "getpid" : b->places.names[c.place], "bytes", (int)c.size, "base_ns",
			          base(m, k), "added_ns", added(m, k));
		}
}

static struct mode *mode_find(const char *name, enum capture_hook hook) {
	for (size_t i = 0; i < MODES; i++)
		if (!strcmp(modes[i].name, name) && modes[i].hook == hook)
			return &modes[i];
	abort();
}

/* A bound below what a program that does nothing takes says so by the row beneath it. */
static void print_added(const char *what, const char *name, enum capture_hook hook, size_t cell, double bound) {
	const struct mode *m = mode_find(name, hook);
	struct estimate e = estimate(m->added[cell], m->rounds[cell]);
	printf("  %-38s %-10s %7.0f ns  [%.0f .. %.0f]", what, hook_name(m), e.median, e.low, e.high);
	if (bound)
		printf(", at most %.0f", bound);
	printf("\n");
}

static void print_ratio(enum capture_hook hook, unsigned size, double bound) {
	size_t cell = cell_index(PLACE_NULL, size);
	const struct mode *target = mode_find("target", hook), *barest = mode_find("barest", hook);
	size_t rounds = target->rounds[cell] < barest->rounds[cell] ? target->rounds[cell] : barest->rounds[cell];
	double ratios[ROUNDS_OF_BOUNDS];
	for (size_t i = 0; i < rounds; i++)
		ratios[i] = target->added[cell][i] / barest->added[cell][i];
	struct estimate e = estimate(ratios, rounds);
	printf("  target / barest, %6u bytes           %-10s %7.2f     [%.2f .. %.2f], at most %.1f (%.0f / %.0f ns)\n",
	       size, hook_name(target), e.median, e.low, e.high, bound, added(target, cell), added(barest, cell));
	bench_row("{s:s, s:s, s:i, s:f, s:f, s:f, s:f}", "ratio", "target / barest", "hook", hook_name(target), "bytes",
	          (int)size, "value", e.median, "low", e.low, "high", e.high, "bound", bound);
}

static void print_bounds(void) {
	size_t write = cell_index(PLACE_NULL, 120);
	printf("\nratios and bounds, medians of %zu rounds [95 %% sure], write() to /dev/null\n", modes[0].rounds[write]);
	for (enum capture_hook hook = CAPTURE_HOOK_TRACEPOINT; hook <= CAPTURE_HOOK_RAW; hook++) {
		print_ratio(hook, 120, 1.2);
		print_ratio(hook, 4096, 1.1);
		print_ratio(hook, 65536, 1.1);
		print_added("a watched write to what is no log", "not a log", hook, write, 170);
		print_added("a bystander's write", "bystander", hook, write, 0);
		print_added("  of which an empty program takes", "empty program", hook, write, 0);
		print_added("a bystander's getpid()", "bystander", hook, CELL_GETPID, hook == CAPTURE_HOOK_RAW ? 60 : 25);
		print_added("  of which an empty program takes", "empty program", hook, CELL_GETPID, 0);
	}
	for (size_t i = 0; i < MODES; i++) {
		if (modes[i].skipped)
			printf("  skipped: %s: %s\n", modes[i].name, modes[i].skipped);
		if (modes[i].lost)
			printf("  %s (%s) lost %llu writes: its figures are too low\n", modes[i].name, hook_name(&modes[i]),
			       (unsigned long long)modes[i].lost);
	}
}

int main(int argc, char **argv) {
	static struct bench b;
	bool only_bounds = argc > 1 && !strcmp(argv[1], "bounds");
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	libbpf_set_print(NULL);
	pin(0);
	places_init(&b.places);
	b.writer = writer_start(&b.places);
	b.bystander = writer_start(&b.places);
	if (!only_bounds)
		find_copy_limit(&b);
	for (size_t i = 0; i < bench_rounds(ROUNDS_OF_BOUNDS); i++) {
		b.bounds = only_bounds || i >= ROUNDS;
		run_round(&b, i);
	}
	for (enum place p = 0; p < PLACES && !only_bounds; p++)
		print_place(&b, p);
	print_bounds();
	keep_rows(&b);
	writer_stop(&b.writer);
	writer_stop(&b.bystander);
	return 0;
}
