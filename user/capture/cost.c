/* SPDX-License-Identifier: MIT */
#include "capture/cost.h"

#include "base/cleanup.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>
#include <linux/bpf.h>

#define WINDOW_NS (50 * 1000 * 1000ull)
#define EVERY_NS (100 * WINDOW_NS)

void cost_meter_start(struct cost_meter *m, uint64_t now_ns) {
	m->fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
	m->began_ns = now_ns;
}

void cost_meter_stop(struct cost_meter *m) {
	closep(&m->fd);
	m->fd = -1;
}

void cost_meter_tick(struct cost_meter *m, const struct kernel *k, uint64_t now_ns) {
	uint64_t elapsed = now_ns - m->began_ns;
	/* Until a first call has been measured they stay on: where nobody calls they cost nobody anything. */
	if (m->fd >= 0 && elapsed >= WINDOW_NS && cost_counts(k).calls)
		cost_meter_stop(m);
	else if (m->fd < 0 && elapsed >= EVERY_NS)
		cost_meter_start(m, now_ns);
}

uint64_t cost_meter_due_ns(const struct cost_meter *m, uint64_t now_ns) {
	uint64_t due_ns = m->began_ns + (m->fd >= 0 ? WINDOW_NS : EVERY_NS);
	return due_ns > now_ns ? due_ns : UINT64_MAX; /* nobody has called yet */
}

typedef void (*program_fn)(void *arg, const char *name, const struct bpf_prog_info *info);

static void each_program_of(const struct logspill_bpf *bpf, program_fn fn, void *arg) {
	struct bpf_program *prog;
	bpf_object__for_each_program(prog, bpf->obj) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);
		if (bpf_program__autoload(prog) && !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			fn(arg, bpf_program__name(prog), &info);
	}
}

static void each_program(const struct kernel *k, program_fn fn, void *arg) {
	each_program_of(k->bpf, fn, arg);
	if (k->compat)
		each_program_of(k->compat, fn, arg);
}

static void add_counts(void *arg, const char *name, const struct bpf_prog_info *info) {
	struct cost_counts *sum = arg;
	(void)name;
	sum->calls += info->run_cnt;
	sum->ns += info->run_time_ns;
	sum->missed += info->recursion_misses;
}

struct cost_counts cost_counts(const struct kernel *k) {
	struct cost_counts sum = {0};
	each_program(k, add_counts, &sum);
	return sum;
}

struct teller {
	capture_program_fn fn;
	void *arg;
};

static void tell(void *arg, const char *name, const struct bpf_prog_info *info) {
	const struct teller *t = arg;
	t->fn(t->arg, name, &(struct capture_cost){info->run_cnt, info->run_time_ns});
}

void cost_each_program(const struct kernel *k, capture_program_fn fn, void *arg) {
	each_program(k, tell, &(struct teller){fn, arg});
}
