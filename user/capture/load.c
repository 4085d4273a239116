/* SPDX-License-Identifier: MIT */
#include "capture/load.h"

#include "base/usage.h"
#include "capture/explain.h"
#include "capture/judge.h"
#include "capture/shed.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define RING_BYTES_DEFAULT (16u * 1024 * 1024)
#define RING_BYTES_MIN (64u * 1024)
#define RING_BYTES_MAX (1024u * 1024 * 1024)
#define WAKE_SHIFT_MAX 20       /* 1 MiB */
#define SELF_EXCLUDE UINT32_MAX /* bpf/lifecycle.bpf.h */
#define SLOT_REQUEST "510"      /* bpf/maps.bpf.h */

/* What a program is for stands in its section's name: see bpf/hook.bpf.h. */
static bool has_prefix(const struct bpf_program *prog, const char *prefix) {
	return !strncmp(bpf_program__section_name(prog), prefix, strlen(prefix));
}
static bool is_tracepoint(const struct bpf_program *prog) {
	return has_prefix(prog, "tracepoint/");
}
static bool has_name_prefix(const struct bpf_program *prog, const char *prefix) {
	return !strncmp(bpf_program__name(prog), prefix, strlen(prefix));
}
static bool is_raw_slot(const struct bpf_program *prog) {
	return has_prefix(prog, "raw_tp/") && isdigit((unsigned char)bpf_program__section_name(prog)[strlen("raw_tp/")]);
}
static bool is_wanted(const struct bpf_program *prog, bool raw) {
	return raw ? !is_tracepoint(prog) : !has_name_prefix(prog, "raw_");
}

static unsigned wake_shift(uint32_t ring_bytes) {
	unsigned shift = 0;
	while (shift < WAKE_SHIFT_MAX && (1u << (shift + 1)) <= ring_bytes / 8)
		shift++;
	return shift;
}

/* Sampling and budgets; with none of them the programs hold nothing of all this. */
static int configure_shedding(struct kernel *k, const struct capture_config *config) {
	const struct capture_shedding *s = &config->shedding;
	bool budget = shedding_has_budget(s);
	k->bpf->rodata->shedding = budget || s->sample_of > 1;
	k->bpf->rodata->shed_key = s->key;
	k->bpf->rodata->sample_limit = s->sample_of > 1 ? UINT64_MAX / s->sample_of : 0;
	k->bpf->bss->budget_cost = shedding_cost(shedding_first_rate(s, config->every_stack));
	return budget ? 0 : bpf_map__set_max_entries(k->bpf->maps.statements, 1);
}

/* From Linux 5.11 on the ring counts as memory of our cgroup: the kernel may end us, instead of refusing it. */
static bool ring_has_room(size_t ring_bytes) {
	struct utsname system;
	unsigned major = 0, minor = 0;
	uname(&system);
	sscanf(system.release, "%u.%u", &major, &minor);
	return major < 5 || (major == 5 && minor < 11) || ring_bytes <= usage_memory_max("");
}

static int configure(struct kernel *k, const struct capture_config *config, bool all_sockets, struct diags *ret_diags) {
	size_t ring_bytes = config->ring_bytes ? config->ring_bytes : RING_BYTES_DEFAULT;
	struct bpf_program *prog;
	if (ring_bytes & (ring_bytes - 1) || ring_bytes < RING_BYTES_MIN || ring_bytes > RING_BYTES_MAX) {
		diags_say(ret_diags, "the ring needs a power of two between 64 KiB and 1 GiB, not %zu bytes", ring_bytes);
		return -EINVAL;
	}
	if (!ring_has_room(ring_bytes))
		return -ENOMEM;
	k->bpf->rodata->wake_shift = wake_shift((uint32_t)ring_bytes);
	k->bpf->rodata->follow_mapped = config->follow_mapped;
	k->bpf->rodata->announce_all_sockets = all_sockets;
	for (size_t i = 0; i < config->sink_globs_len; i++)
		k->bpf->rodata->net_sockets |= judge_is_net_glob(config->sink_globs[i]);
	k->bpf->rodata->every_stack = config->every_stack;
	bpf_object__for_each_program(prog, k->bpf->obj) bpf_program__set_autoload(prog, is_wanted(prog, k->raw));
	int r = bpf_map__set_max_entries(k->bpf->maps.ring, (uint32_t)ring_bytes);
	return r ? r : configure_shedding(k, config);
}

/* The tracepoint's program that shares its body with the raw one named "raw_BODY". */
static struct bpf_program *counterpart(const struct logspill_bpf *bpf, const struct bpf_program *raw) {
	char name[64];
	snprintf(name, sizeof(name), "tp_%s", bpf_program__name(raw) + strlen("raw_"));
	return bpf_object__find_program_by_name(bpf->obj, name);
}

/* Puts the program of that descriptor into `hooks` at the numbers of the list. */
static int fill_slots_of(const struct logspill_bpf *bpf, int prog_fd, const char *list) {
	int r = 0;
	for (char *end; !r && *list; list = *end ? end + 1 : end) {
		uint32_t slot = (uint32_t)strtoul(list, &end, 10);
		r = bpf_map_update_elem(bpf_map__fd(bpf->maps.hooks), &slot, &prog_fd, BPF_ANY);
	}
	return r;
}

static int fill_slots(const struct logspill_bpf *bpf, bool raw) {
	const struct bpf_program *write = raw ? bpf->progs.raw_write : bpf->progs.tp_write;
	struct bpf_program *prog;
	int r = fill_slots_of(bpf, bpf_program__fd(write), SLOT_REQUEST);
	bpf_object__for_each_program(prog, bpf->obj) {
		if (!r && is_raw_slot(prog))
			r = fill_slots_of(bpf, bpf_program__fd(raw ? prog : counterpart(bpf, prog)),
			                  bpf_program__section_name(prog) + strlen("raw_tp/"));
	}
	return r;
}

static int attach(struct kernel *k) {
	struct bpf_program *prog;
	int r = 0;
	bpf_object__for_each_program(prog, k->bpf->obj) {
		if (!r && is_wanted(prog, k->raw))
			r = links_attach(&k->links, prog);
	}
	return r;
}

static int run_once(const struct bpf_program *prog, uint64_t *args, size_t args_bytes) {
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = (uint32_t)args_bytes);
	return bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
}

/* The tracepoints of calls carry no arguments at their exit: they are fetched by a helper that came with 5.15. */
static bool tracepoints_know_arguments(void) {
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, BPF_FUNC_task_pt_regs, NULL) == 1;
}

static int load_hook(struct kernel *k, const struct capture_config *config, bool raw, bool all_sockets,
                     struct diags *ret_diags) {
	if (!raw && !tracepoints_know_arguments())
		return -ENOTSUP;
	*k = (struct kernel){.raw = raw, .bpf = logspill_bpf__open()};
	if (!k->bpf)
		return -errno;
	int r = configure(k, config, all_sockets, ret_diags);
	if (!r)
		r = logspill_bpf__load(k->bpf);
	if (!r)
		r = kernel_exclude_self(k);
	if (!r)
		r = run_once(k->bpf->progs.free_all_places, NULL, 0);
	if (!r)
		r = run_once(k->bpf->progs.find_regs, NULL, 0);
	if (!r)
		r = fill_slots(k->bpf, raw);
	if (!r)
		r = attach(k);
	if (r)
		kernel_release(k);
	else
		k->bpf->bss->sees_compat = raw;
	return r;
}

/* Data and counters are the same for both; what the programs are, and how they are set, is their own. */
static bool is_shared(const struct logspill_bpf *bpf, const struct bpf_map *map) {
	return map != bpf->maps.hooks && map != bpf->maps.rodata;
}

/* The raw hook's programs, beside the tracepoints', on the same maps. */
static int load_compat(struct kernel *k) {
	struct bpf_program *prog;
	struct bpf_map *map;
	int r = 0;
	bpf_object__for_each_program(prog, k->compat->obj)
	    bpf_program__set_autoload(prog, prog == k->compat->progs.raw_write || is_raw_slot(prog));
	bpf_object__for_each_map(map, k->compat->obj) {
		if (!r && is_shared(k->compat, map))
			r = bpf_map__reuse_fd(map, bpf_object__find_map_fd_by_name(k->bpf->obj, bpf_map__name(map)));
	}
	*k->compat->rodata = *k->bpf->rodata;
	k->compat->rodata->compat_only = true;
	return r ? r : logspill_bpf__load(k->compat);
}

int kernel_see_compat(struct kernel *k) {
	if (k->bpf->bss->sees_compat)
		return 0;
	if (k->compat || k->links.len == LINKS_MAX) /* it failed before */
		return -ENOTSUP;
	explain_begin();
	k->compat = logspill_bpf__open();
	int r = k->compat ? load_compat(k) : -errno;
	if (!r)
		r = fill_slots(k->compat, true);
	if (!r)
		r = links_attach(&k->links, k->compat->progs.raw_write);
	explain_end();
	if (!r)
		__atomic_store_n(&k->bpf->bss->sees_compat, 1, __ATOMIC_SEQ_CST);
	return r;
}

int kernel_load(struct kernel *k, const struct capture_config *config, bool all_sockets, struct diags *ret_diags) {
	bool raw = config->hook == CAPTURE_HOOK_RAW;
	explain_begin();
	int r = load_hook(k, config, raw, all_sockets, ret_diags);
	/* The tracepoints need more rights and a newer kernel. */
	if (r && config->hook == CAPTURE_HOOK_AUTO && !diags_any(ret_diags))
		r = load_hook(k, config, true, all_sockets, ret_diags);
	if (r && !diags_any(ret_diags))
		explain_failure(r, config->verifier_log, ret_diags);
	explain_end();
	return r;
}

int kernel_open(struct kernel *k) {
	*k = (struct kernel){.bpf = logspill_bpf__open()};
	return k->bpf ? 0 : -errno;
}

void kernel_release(struct kernel *k) {
	if (k->links.len)
		__atomic_store_n(&k->bpf->bss->stopped, 1, __ATOMIC_SEQ_CST);
	links_release(&k->links);
	logspill_bpf__destroy(k->compat);
	logspill_bpf__destroy(k->bpf);
	k->bpf = k->compat = NULL;
}

int kernel_join_self(struct kernel *k, uint32_t target) {
	uint64_t args[] = {target};
	return run_once(k->bpf->progs.join_self, args, sizeof(args));
}

int kernel_exclude_self(struct kernel *k) {
	return kernel_join_self(k, SELF_EXCLUDE);
}
