/* SPDX-License-Identifier: MIT */
#include "capture/load.h"

#include "base/cleanup.h"
#include "capture/event.h"
#include "capture/explain.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RING_BYTES_DEFAULT (16u * 1024 * 1024)
#define RING_BYTES_MIN (64u * 1024)
#define RING_BYTES_MAX (1024u * 1024 * 1024)
#define WAKE_SHIFT_MAX 20      /* 1 MiB */
#define SELF_EXCLUDE UINT32_MAX /* bpf/lifecycle.bpf.h */

/* What a program is for stands in its section's name: see bpf/hook.bpf.h. */
static bool has_prefix(const struct bpf_program *prog, const char *prefix) {
	return !strncmp(bpf_program__section_name(prog), prefix, strlen(prefix));
}
static bool is_tracepoint(const struct bpf_program *prog) {
	return has_prefix(prog, "tracepoint/");
}
static bool is_raw_slot(const struct bpf_program *prog) {
	return has_prefix(prog, "raw_tp/") && isdigit((unsigned char)bpf_program__section_name(prog)[strlen("raw_tp/")]);
}
static bool is_of_raw_hook(const struct bpf_program *prog) {
	return is_raw_slot(prog) || has_prefix(prog, "raw_tp/sys_exit");
}
static bool is_attached(const struct bpf_program *prog) {
	return has_prefix(prog, "tracepoint/syscalls/") || has_prefix(prog, "raw_tp/sched_") ||
	       has_prefix(prog, "raw_tp/sys_exit");
}

static bool is_wanted(const struct bpf_program *prog, bool raw) {
	return raw ? !is_tracepoint(prog) : !is_of_raw_hook(prog);
}

static unsigned wake_shift(uint32_t ring_bytes) {
	unsigned shift = 0;
	while (shift < WAKE_SHIFT_MAX && (1u << (shift + 1)) <= ring_bytes / 8)
		shift++;
	return shift;
}

static int configure(struct kernel *k, const struct capture_config *config, bool all_sockets,
                     struct diags *ret_diags) {
	size_t ring_bytes = config->ring_bytes ? config->ring_bytes : RING_BYTES_DEFAULT;
	struct bpf_program *prog;
	if (ring_bytes & (ring_bytes - 1) || ring_bytes < RING_BYTES_MIN || ring_bytes > RING_BYTES_MAX) {
		diags_say(ret_diags, "the ring needs a power of two between 64 KiB and 1 GiB, not %zu bytes", ring_bytes);
		return -EINVAL;
	}
	k->bpf->rodata->wake_shift = wake_shift((uint32_t)ring_bytes);
	k->bpf->rodata->announce_all_sockets = all_sockets;
	bpf_object__for_each_program (prog, k->bpf->obj)
		bpf_program__set_autoload(prog, is_wanted(prog, k->raw));
	return bpf_map__set_max_entries(k->bpf->maps.ring, (uint32_t)ring_bytes);
}

/* The program of the chosen hook that shares its body with the raw one named "raw_BODY". */
static struct bpf_program *counterpart(const struct kernel *k, struct bpf_program *raw) {
	char name[64];
	if (k->raw)
		return raw;
	snprintf(name, sizeof(name), "tp_%s", bpf_program__name(raw) + strlen("raw_"));
	return bpf_object__find_program_by_name(k->bpf->obj, name);
}

static int fill_slots(struct kernel *k) {
	struct bpf_program *prog;
	bpf_object__for_each_program (prog, k->bpf->obj) {
		if (!is_raw_slot(prog))
			continue;
		uint32_t slot = (uint32_t)atoi(bpf_program__section_name(prog) + strlen("raw_tp/"));
		int fd = bpf_program__fd(counterpart(k, prog));
		int r = bpf_map_update_elem(bpf_map__fd(k->bpf->maps.hooks), &slot, &fd, BPF_ANY);
		if (r)
			return r;
	}
	return 0;
}

static int attach_program(const struct bpf_program *prog, struct bpf_link **ret) {
	if (!is_tracepoint(prog)) {
		*ret = bpf_program__attach(prog);
		return *ret ? 0 : -errno;
	}
	int fd = event_open(bpf_program__section_name(prog) + strlen("tracepoint/"));
	if (fd < 0)
		return fd;
	*ret = bpf_program__attach_perf_event(prog, fd); /* owns fd */
	if (*ret)
		return 0;
	int r = -errno;
	close(fd);
	return r;
}

static int attach(struct kernel *k) {
	struct bpf_program *prog;
	bpf_object__for_each_program (prog, k->bpf->obj) {
		if (!is_wanted(prog, k->raw) || !is_attached(prog))
			continue;
		if (k->links_len == KERNEL_LINKS_MAX)
			return -E2BIG;
		int r = attach_program(prog, &k->links[k->links_len]);
		if (r)
			return r;
		k->links_len++;
	}
	return 0;
}

static int load_hook(struct kernel *k, const struct capture_config *config, bool raw, bool all_sockets,
                     struct diags *ret_diags) {
	*k = (struct kernel){.raw = raw, .bpf = logspill_bpf__open()};
	if (!k->bpf)
		return -errno;
	int r = configure(k, config, all_sockets, ret_diags);
	if (!r)
		r = logspill_bpf__load(k->bpf);
	if (!r)
		r = kernel_exclude_self(k);
	if (!r)
		r = fill_slots(k);
	if (!r)
		r = attach(k);
	if (r)
		kernel_release(k);
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

void kernel_release(struct kernel *k) {
	while (k->links_len)
		bpf_link__destroy(k->links[--k->links_len]);
	logspill_bpf__destroy(k->bpf);
	k->bpf = NULL;
}

int kernel_join_self(struct kernel *k, uint32_t target) {
	uint64_t args[] = {target};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	return bpf_prog_test_run_opts(bpf_program__fd(k->bpf->progs.join_self), &opts);
}

int kernel_exclude_self(struct kernel *k) {
	return kernel_join_self(k, SELF_EXCLUDE);
}
