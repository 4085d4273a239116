/* SPDX-License-Identifier: MIT */
#include "app/origins.h"

#include "app/privileges.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "origin/perf_map.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define RECENT ORIGINS_STACKS_MAX /* stacks whose records are still on their way */
#define RECENT_NS (2 * SECOND_NS) /* after that they have come: RECORD_IDLE_NS after their last byte */
#define WAITING 16                /* to be named */
#define NAMELESS 64
#define ANSWER_S 0.005     /* CPU time to name a stack, before there was one */
#define FORGOTTEN SIZE_MAX /* index of a finding that has gone */
#define SECOND_NS 1000000000ull

struct waiting {
	struct origin_stack stack;
	struct buf maps; /* of the process when it wrote: it may be gone when its turn comes */
	size_t finding;  /* its index */
};

/* Frames without a name in a finding: a runtime may name its code when it ends. */
struct nameless {
	size_t finding;
	struct process_id process;
};

struct origins {
	enum origins_when when;
	struct symbolizer *symbolizer;
	struct {
		struct origin_stack stack;
		uint64_t taken_ns;
	} recent[RECENT]; /* a ring */
	size_t recent_at;
	struct waiting waiting[WAITING]; /* a queue; the first is being named */
	size_t waiting_len;
	bool asked;
	struct nameless nameless[NAMELESS];
	size_t nameless_len;
	uint64_t second_ns; /* in which grants are counted */
	unsigned grants;
	/* CPU time for naming: what comes in a second, what is kept at most, what there is (negative: owed), and when that
	 * was so; what the last answer took. */
	double cpu_share, credit_most_s, credit_s, answer_s;
	uint64_t credit_ns;
	struct origins_counters counters;
};

static void drop_waiting(struct origins *o) {
	o->counters.failed += o->waiting_len;
	for (size_t i = 0; i < o->waiting_len; i++)
		buf_release(&o->waiting[i].maps);
	o->waiting_len = 0;
}

DEFINE_CLEANUP(struct origins *, origins_free)

int origins_new(struct origins **ret, enum origins_when when, double max_cpu) {
	_cleanup_(origins_freep) struct origins *o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->when = when;
	o->cpu_share = max_cpu > 0 ? max_cpu * ORIGINS_LIMIT_SHARE : ORIGINS_CPU_SHARE;
	o->credit_s = o->credit_most_s = max_cpu > 0 ? o->cpu_share : ORIGINS_CPU_S;
	o->credit_ns = clock_monotonic_ns();
	o->answer_s = ANSWER_S;
	int r = when == ORIGINS_NEVER ? 0 : symbolizer_open(&o->symbolizer, privileges_confine_reader);
	if (r)
		return r;
	*ret = take(o);
	return 0;
}

void origins_free(struct origins *o) {
	if (!o)
		return;
	symbolizer_close(o->symbolizer);
	drop_waiting(o);
	explicit_bzero(o, sizeof(*o));
	free(o);
}

void origins_take(struct origins *o, const struct origin_stack *stack) {
	o->counters.stacks++;
	size_t at = o->recent_at++ % RECENT;
	o->recent[at].stack = *stack;
	o->recent[at].taken_ns = clock_monotonic_ns();
}

static const struct origin_stack *find_stack(const struct origins *o, pid_t pid, uint64_t time_ns) {
	for (size_t i = 0; i < RECENT; i++) {
		const struct origin_stack *stack = &o->recent[i].stack;
		if (stack->len && stack->time_ns == time_ns && stack->process.pid == pid)
			return stack;
	}
	return NULL;
}

/* Is there CPU time for one more? What it will take is not known: after one that took too much it takes longer. */
static bool may_name(struct origins *o) {
	uint64_t now = clock_monotonic_ns();
	double credit_s = o->credit_s + o->cpu_share * (double)(now - o->credit_ns) / 1e9;
	o->credit_s = credit_s < o->credit_most_s ? credit_s : o->credit_most_s;
	o->credit_ns = now;
	return o->credit_s >= (double)o->waiting_len * o->answer_s;
}

static bool may_grant(struct origins *o) {
	uint64_t now = clock_monotonic_ns();
	if (now - o->second_ns >= SECOND_NS) {
		o->second_ns = now;
		o->grants = 0;
	}
	return o->grants++ < ORIGINS_GRANTS_PER_S;
}

static void ask_next(struct origins *o) {
	while (!o->asked && o->waiting_len) {
		o->asked = !symbolizer_ask(o->symbolizer, &o->waiting[0].stack, &o->waiting[0].maps);
		if (o->asked)
			return;
		drop_waiting(o); /* the process that names them has gone */
	}
}

static bool enqueue(struct origins *o, const struct origin_stack *stack, const struct finding *f) {
	if (o->waiting_len == WAITING) {
		o->counters.failed++;
		return false;
	}
	struct waiting *w = &o->waiting[o->waiting_len++];
	w->stack = *stack;
	w->maps = (struct buf){0};
	(void)!origin_read_maps(&stack->process, &w->maps); /* without memory addresses stay addresses */
	w->finding = f->index;
	ask_next(o);
	return true;
}

void origins_match(struct origins *o, struct capture *c, const struct sink *sink, struct finding *f,
                   const struct process *process, uint64_t time_ns) {
	if (o->when == ORIGINS_NEVER || f->count < f->origins_next || !may_name(o))
		return;
	const struct origin_stack *stack = find_stack(o, process->pid, time_ns);
	if (stack) {
		if (enqueue(o, stack, f) && ++f->origins_asked >= ORIGINS_AT_ONCE)
			f->origins_next = f->count * 2;
	} else if (may_grant(o)) {
		/* What is served line by line in the same order each time leaks when as few stacks as before are used up. */
		uint32_t stacks = ORIGINS_STACKS_PER_GRANT << f->origins_grants;
		capture_take_stacks(c, sink, stacks);
		f->origins_grants += stacks < ORIGINS_STACKS_MAX;
	}
}

static void note_nameless(struct origins *o, const struct origin *origin) {
	const struct waiting *w = &o->waiting[0];
	bool any = false;
	for (size_t i = 0; i < origin->frames_len; i++)
		any |= origin->frames[i].code == CODE_NAMELESS;
	if (any && o->nameless_len < NAMELESS)
		o->nameless[o->nameless_len++] = (struct nameless){w->finding, w->stack.process};
}

/* Java writes its perf map when it ends. */
static void name_late(struct origins *o, struct findings *found) {
	for (size_t i = 0; i < o->nameless_len; i++) {
		struct perf_map *map;
		const struct process_id *process = &o->nameless[i].process;
		_cleanup_close_ int folder = process_id_open(process);
		if (perf_map_open(&map, process, folder))
			continue;
		findings_name_frames(found, o->nameless[i].finding, map);
		perf_map_close(map);
	}
	o->nameless_len = 0;
}

/* What lay on a stack is nobody's business for longer than it takes. Behind the tick that lets records go. */
static void wipe_recent(struct origins *o) {
	uint64_t now = clock_monotonic_ns();
	for (size_t i = 0; i < RECENT; i++)
		if (o->recent[i].taken_ns && now - o->recent[i].taken_ns > RECENT_NS)
			explicit_bzero(&o->recent[i], sizeof(o->recent[i]));
}

static void count_cpu(struct origins *o) {
	uint64_t cpu_ns = symbolizer_cpu_ns(o->symbolizer);
	o->answer_s = (double)(cpu_ns - o->counters.cpu_ns) / 1e9;
	o->credit_s -= o->answer_s;
	o->counters.cpu_ns = cpu_ns;
}

void origins_step(struct origins *o, struct findings *found) {
	struct origin origin;
	wipe_recent(o);
	int r = o->asked ? symbolizer_answer(o->symbolizer, &origin) : 0;
	if (!r)
		return;
	o->asked = false;
	count_cpu(o);
	if (r > 0 && o->waiting[0].finding != FORGOTTEN && !findings_add_origin(found, o->waiting[0].finding, &origin)) {
		o->counters.named++;
		note_nameless(o, &origin);
	} else {
		o->counters.failed++;
	}
	buf_release(&o->waiting[0].maps);
	o->waiting_len--;
	memmove(o->waiting, o->waiting + 1, o->waiting_len * sizeof(*o->waiting));
	explicit_bzero(&o->waiting[o->waiting_len], sizeof(*o->waiting));
	ask_next(o);
}

bool origins_awaits(const struct origins *o) {
	bool awaits = o->asked;
	for (size_t i = 0; i < RECENT; i++)
		awaits |= o->recent[i].taken_ns != 0;
	return awaits;
}

void origins_forget(struct origins *o) {
	for (size_t i = 0; i < o->waiting_len; i++)
		o->waiting[i].finding = FORGOTTEN;
	o->nameless_len = 0;
}

void origins_finish(struct origins *o, struct findings *found, uint64_t timeout_ns) {
	uint64_t end = clock_monotonic_ns() + timeout_ns;
	for (uint64_t now; o->asked && (now = clock_monotonic_ns()) < end;) {
		struct pollfd answer = {.fd = symbolizer_fd(o->symbolizer), .events = POLLIN};
		poll(&answer, 1, (int)((end - now) / 1000000) + 1);
		origins_step(o, found);
	}
	drop_waiting(o);
	name_late(o, found);
	explicit_bzero(o->recent, sizeof(o->recent));
}

void origins_counters(const struct origins *o, struct origins_counters *ret) {
	*ret = o->counters;
}

uint64_t origins_cpu_ns(const struct origins *o) {
	return o->counters.cpu_ns;
}
