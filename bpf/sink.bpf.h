/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Which sink: from a descriptor to an inode, and whether its bytes go up. */
#ifndef BPF_SINK_BPF_H
#define BPF_SINK_BPF_H

#include "bpf/request.bpf.h"
#include "bpf/ring.bpf.h"

#define SOCKADDR_PATH 2 /* offset of sun_path */

static __always_inline void count_lost(struct wire_sink_stats *stats, enum wire_loss reason, __u64 bytes,
                                       __u64 writes) {
	__sync_fetch_and_add(&stats->lost_bytes[reason], bytes);
	__sync_fetch_and_add(&stats->lost_writes[reason], writes);
	__sync_fetch_and_add(&stats->gaps, 1);
}

/* Names the sink as one of which something was not seen: see enum wire_blind. No part of seen or lost by itself. */
static __always_inline void count_blind(struct wire_sink_stats *stats, enum wire_blind kind, __u64 bytes) {
	__sync_fetch_and_add(&stats->blind[kind].bytes, bytes);
	__sync_fetch_and_add(&stats->blind[kind].events, 1);
}

/* A whole write that was seen and of which nothing goes up. */
static __always_inline void count_lost_write(struct wire_sink_stats *stats, enum wire_loss reason, __u64 bytes) {
	__sync_fetch_and_add(&stats->seen_bytes, bytes);
	__sync_fetch_and_add(&stats->seen_writes, 1);
	count_lost(stats, reason, bytes, 1);
}

static __always_inline __u32 stdio_flag(struct task_struct *task, struct inode *inode, __u32 fd, __u32 flag) {
	struct file *file = file_of_task(task, fd);

	return file && KREAD(file, f_inode) == inode ? flag : 0;
}

/* A kernel object's address, out of a map: what a global function takes is a number to the verifier, not the pointer
 * that the compiler may still have at hand. */
#define ADDRESS_IN(field) (*(const volatile __u64 *)&(field))

/* Is that the current process's standard output or error? By identity: descriptor numbers are re-used and duplicated.
 * verifier: global, so that it is looked at once. */
int __noinline stdio_flags(__u64 file) {
	struct inode *inode = KREAD((struct file *)file, f_inode);
	struct task_struct *task = current_task();

	return stdio_flag(task, inode, 1, WIRE_SINK_F_STDOUT) | stdio_flag(task, inode, 2, WIRE_SINK_F_STDERR);
}

static __always_inline void sink_key_init(struct wire_sink_key *key, struct inode *inode, __u32 target) {
	struct super_block *sb = KREAD(inode, i_sb);

	key->ino = KREAD(inode, i_ino);
	key->dev = KREAD(sb, s_dev);
	key->generation = KREAD(inode, i_generation);
	key->target = target;
	key->peer = 0;
}

/* Written to what may be a log, and which one cannot be told. */
static __always_inline void count_unplaced(__u32 target, __u64 bytes, __u64 writes) {
	__u64 index = target;

	if (target >= WIRE_TARGETS_MAX)
		return;
	/* verifier: up to 6.1 a bound is forgotten with the register that was compared */
	asm volatile("%0 &= %1" : "+r"(index) : "i"(WIRE_TARGETS_MAX - 1));
	if (bytes) /* clang makes an addition of nothing an atomic OR, which came with 5.12 */
		__sync_fetch_and_add(&target_stats[index].unplaced_bytes, bytes);
	__sync_fetch_and_add(&target_stats[index].unplaced_writes, writes);
}

/* The counters of a sink that has been met; NULL of others. */
static __always_inline struct wire_sink_stats *sink_known(const struct wire_sink_key *key) {
	__u32 *found = bpf_map_lookup_elem(&sinks, key), place;

	if (!found)
		return NULL;
	place = *found;
	return bpf_map_lookup_elem(&sink_stats, &place);
}

/* Counters for a sink that is met for the first time; it may have been given some on another cpu meanwhile. */
static __always_inline void sink_meet(const struct wire_sink_key *key) {
	struct wire_sink_stats *stats;
	__u32 place;

	if (bpf_map_pop_elem(&free_places, &place))
		return;
	stats = bpf_map_lookup_elem(&sink_stats, &place);
	if (!stats)
		return;
	if (stats->place != place)
		__sync_fetch_and_add(&places_used, 1);
	stats->key = *key;
	stats->place = place;
	if (!bpf_map_update_elem(&sinks, key, &place, BPF_NOEXIST)) {
		stats->in_use = 1;
		__sync_fetch_and_add(&recalls, 1);
		return;
	}
	__builtin_memset(&stats->key, 0, sizeof(stats->key));
	bpf_map_push_elem(&free_places, &place, BPF_ANY);
}

/* The counters of a sink, made at its first sight. NULL when the table is full, which is counted. */
static __always_inline struct wire_sink_stats *sink_stats_of(const struct wire_sink_key *key, __u64 bytes) {
	struct wire_sink_stats *stats = sink_known(key);

	if (stats)
		return stats;
	sink_meet(key);
	stats = sink_known(key);
	if (!stats)
		count_unplaced(key->target, bytes, 1);
	return stats;
}

/* By a second hop: such a write is counted, for whoever asks what was not looked at, and that is all. */
static __always_inline bool is_rewritten(const struct request *r, struct wire_sink_stats *stats) {
	if (!(r->key.target & WIRE_SECOND_HOP))
		return false;
	__sync_fetch_and_add(&stats->seen_bytes, r->bytes);
	__sync_fetch_and_add(&stats->seen_writes, 1);
	return true;
}

static __always_inline bool is_not_log(const struct wire_sink_key *key) {
	return bpf_map_lookup_elem(&not_logs, key) != NULL;
}

static __always_inline bool is_same_sink(const struct wire_sink_key *a, const struct wire_sink_key *b) {
	return a->ino == b->ino && a->dev == b->dev && a->generation == b->generation && a->target == b->target &&
	       a->peer == b->peer;
}

/* The counters of a request's sink. Those of the last request of this cpu are looked at first: most often they are the
 * same, and it costs a tenth of a look-up. NULL: it has not been met. */
static __always_inline struct wire_sink_stats *sink_of(const struct request *r) {
	__u32 place = r->place;
	struct wire_sink_stats *stats = bpf_map_lookup_elem(&sink_stats, &place);

	return stats && stats->in_use && is_same_sink(&stats->key, &r->key) ? stats : sink_known(&r->key);
}

/* The last one of this cpu is remembered, until anything is taken back: nothing need be looked up for it. */
static __always_inline bool sink_was_no_log(const struct request *r) {
	return is_same_sink(&r->not_log, &r->key) && r->not_log_recalls == recalls;
}

/* Of a sink without counters. */
static __always_inline bool sink_is_no_log(struct request *r) {
	__u32 now = recalls;

	if (!is_not_log(&r->key))
		return false;
	r->not_log = r->key;
	r->not_log_recalls = now;
	return true;
}

/* The last one of this cpu that had no counters, and none has been given any since. */
static __always_inline bool sink_was_unmet(const struct request *r) {
	return is_same_sink(&r->unmet, &r->key) && r->unmet_recalls == recalls;
}

#define PLACES_BATCH 128

/* verifier: global, see is_in_cgroup(). */
int __noinline places_free(__u32 from) {
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < PLACES_BATCH; i++) {
		__u32 place = WIRE_SINKS_MAX - 1 - from - i;

		bpf_map_push_elem(&free_places, &place, BPF_ANY);
	}
	return 0;
}

/* Run by user space (BPF_PROG_TEST_RUN) before all others: every place is free, the first to be taken first. Its own
 * calls would take ten times as long. */
SEC("raw_tp/self")
int free_all_places(struct bpf_raw_tracepoint_args *ctx) {
#pragma clang loop unroll(disable)
	for (__u32 from = 0; from < WIRE_SINKS_MAX; from += PLACES_BATCH)
		places_free(from);
	return 0;
}

#endif
