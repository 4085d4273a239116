/* SPDX-License-Identifier: MIT */
/*
 * What our programs cost those who run them, by the kernel's run-time statistics (5.8). With them on a call costs some
 * 50 ns more, so they are on for a short share of the time: at first, and every few seconds again. One thread.
 */
#ifndef CAPTURE_COST_H
#define CAPTURE_COST_H

#include "capture/load.h"

#include <stdint.h>

struct cost_meter {
	int fd; /* of the statistics; -1: they are off */
	uint64_t began_ns;
};

/* What the kernel says of all our programs together. calls and ns: while the statistics were on. */
struct cost_counts {
	uint64_t calls, ns;
	uint64_t missed; /* calls at whose exit the kernel did not run us, a cpu being busy with another BPF program */
};

void cost_meter_start(struct cost_meter *m, uint64_t now_ns); /* a kernel that refuses shows no calls */
void cost_meter_tick(struct cost_meter *m, const struct kernel *k, uint64_t now_ns);
/* When it wants to be ticked next; UINT64_MAX: no matter when. */
uint64_t cost_meter_due_ns(const struct cost_meter *m, uint64_t now_ns);
void cost_meter_stop(struct cost_meter *m);
struct cost_counts cost_counts(const struct kernel *k);
void cost_each_program(const struct kernel *k, capture_program_fn fn, void *arg);

#endif
