/* SPDX-License-Identifier: MIT */
/* The BPF side, loaded and attached. Owned by struct capture; one thread. */
#ifndef CAPTURE_LOAD_H
#define CAPTURE_LOAD_H

#include "base/diag.h"
#include "capture/capture.h"
#include "capture/links.h"

struct logspill_bpf;

struct kernel {
	struct logspill_bpf *bpf;
	struct logspill_bpf *compat; /* what sees 32-bit programs, when it was loaded later; else NULL */
	struct links links;
	bool raw;
};

/* 0, or -errno with diagnostics; on failure nothing stays behind. */
int kernel_load(struct kernel *k, const struct capture_config *config, bool all_sockets, struct diags *ret_diags);
/* What is loaded, before it is: its counters, and maps that hold nothing and take nothing in. */
int kernel_open(struct kernel *k);
void kernel_release(struct kernel *k);

/* From now on the calls of 32-bit programs are seen too, at some cost to every call on this machine. 0 or -errno. */
int kernel_see_compat(struct kernel *k);

/* Runs the program that enters the calling process as the kernel numbers it; join_self() of bpf/lifecycle.bpf.h. */
int kernel_join_self(struct kernel *k, uint32_t target);
int kernel_exclude_self(struct kernel *k);

#endif
