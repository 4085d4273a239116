/* SPDX-License-Identifier: MIT */
/* What holds programs to the kernel's events, and lets go of them quickly. One thread. */
#ifndef CAPTURE_LINKS_H
#define CAPTURE_LINKS_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_link;
struct bpf_program;

#define LINKS_MAX 64

struct links {
	struct bpf_link *list[LINKS_MAX];
	size_t len;
	bool of_perf; /* some are */
};

/* To all events that its section names: see bpf/hook.bpf.h. To none where other programs call it. 0 or -errno. */
int links_attach(struct links *l, const struct bpf_program *prog);
void links_release(struct links *l);

#endif
