/* SPDX-License-Identifier: MIT */
/*
 * The kernel side's counters of sinks, each in a place of its own. A program takes a free place at the first sight of
 * a sink; it is retired here, out of programs' sight, and given back once none of them can be counting in it still.
 * Nothing is ever counted twice or dropped by that. One thread.
 */
#ifndef CAPTURE_PLACES_H
#define CAPTURE_PLACES_H

#include "bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_GRACE_NS (100 * 1000 * 1000ull) /* a program runs for microseconds, and is not preempted */
#define PLACES_COMING_NS (10 * 1000 * 1000ull) /* and what it puts into the ring stands about where its time does */

struct places {
	int index_fd, free_fd;         /* maps, borrowed */
	struct wire_sink_stats *stats; /* by place, as programs count in them: those with a key are in use */
	size_t stats_bytes;
	struct retired {
		uint64_t since_ns;
		uint32_t place;
	} * retired; /* a queue of `retired_len` from `retired_at` on */
	uint32_t retired_at, retired_len;
	bool *is_retired; /* by place */
};

/* Maps of the kernel side: which sink has which place, the counters, and the free places; -1: none, as in a replay.
 * 0 or -errno. */
int places_init(struct places *p, int index_fd, int stats_fd, int free_fd);
void places_release(struct places *p);
/* The next write to its sink is a first sight. Again: nothing. */
void places_retire(struct places *p, uint32_t place, uint64_t now_ns);
/* The next one whose counters are final, and of which nothing is in the ring any more, what was written before come_ns
 * having come up; false: there is none yet. */
bool places_next_final(const struct places *p, uint64_t now_ns, uint64_t come_ns, uint32_t *ret_place);
/* Gives that one back. */
void places_give_back(struct places *p);

#endif
