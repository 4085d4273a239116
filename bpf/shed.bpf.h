/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What is shed on purpose: by --sample, --budget and what limits the agent. Whole writes, before a byte of them goes
 * up, so that it costs the writer little; which lines a write holds would have to be read from all of it.
 */
#ifndef BPF_SHED_BPF_H
#define BPF_SHED_BPF_H

#include "bpf/sink.bpf.h"

#define SHED_TEXT 64 /* bytes at the front of a write that tell its statement */
#define SHED_PRIME 0x9e3779b97f4a7c15ULL

/* The write that is being judged. In a map for the reason given at struct emit. */
struct shed {
	__u64 bytes;  /* of the whole write */
	__u64 now_ns; /* 0: nobody has needed it */
	__u64 from;
	__u32 len; /* bytes that can be read there */
	__u32 place;
	__u32 tgid;
	__u32 reserved;
	union {
		__u64 words[SHED_TEXT / 8];
		__u8 text[SHED_TEXT];
	};
};
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shed);
} sheds SEC(".maps");
/* Statements and processes that have been looked at while their sink's budget was used up. One that is forgotten is
 * looked at once more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536); /* 1 when there is no budget */
	__type(key, __u64);
	__type(value, __u8);
} statements SEC(".maps");

static __always_inline struct shed *shed_current(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&sheds, &zero);
}

static __always_inline __u64 shed_mix(__u64 hash, __u64 word) {
	hash = (hash ^ word) * SHED_PRIME;
	return hash ^ hash >> 32;
}

static __always_inline void shed_read(struct shed *s) {
	__u64 len = s->len;

	asm volatile("if %0 <= %1 goto +1; %0 = %1" : "+r"(len) : "i"(SHED_TEXT));
	__builtin_memset(s->words, 0, sizeof(s->words));
	bpf_probe_read_user(s->text, len, (const void *)s->from);
}

/* By a keyed hash of what is written and where in the sink it stands: the same bytes with the same key are chosen
 * again, and what is chosen does not depend on what it holds. */
static __always_inline bool sample_takes(const struct shed *s, const struct wire_sink_stats *stats) {
	__u64 hash = shed_mix(shed_key, stats->seen_bytes);

	for (int i = 0; i < SHED_TEXT / 8; i++)
		hash = shed_mix(hash, s->words[i]);
	return shed_mix(hash, s->bytes) <= sample_limit;
}

/* Of a statement: what stays the same when its numbers, of whatever length, do not. Two halves that take turns: a
 * multiplication need not wait for the one before. */
static __always_inline __u64 statement_hash(const struct shed *s, __u64 sink) {
	__u64 hash = sink, other = ~sink;
	bool in_number = false;

#pragma clang loop unroll(disable)
	for (int i = 0; i < SHED_TEXT; i++) {
		__u8 c = s->text[i];
		bool digit = (__u8)(c - '0') < 10;

		if (!digit || !in_number) {
			__u64 next = (hash ^ (digit ? '0' : c)) * SHED_PRIME;

			hash = other;
			other = next;
		}
		in_number = digit;
	}
	return shed_mix(hash ^ hash >> 32, other ^ other >> 32);
}

/* Notes it as known if it goes up. */
static __always_inline bool is_first_sight(__u64 what) {
	__u8 yes = 1;

	return !bpf_map_lookup_elem(&statements, &what) && !bpf_map_update_elem(&statements, &what, &yes, BPF_NOEXIST);
}

/*
 * A bucket of each sink's own, kept as the time at which it will be full again (generic cell rate algorithm): how far
 * that lies ahead is what has been taken from it. What has been looked at before takes from the first half alone, what
 * processes write that have not been is let through to three quarters, and statements that are new to the sink get the
 * rest: so a flood of the same does not hide what is new, and the sum stays within the budget.
 */
#define BUCKET_NS (1000 * 1000 * 1000ULL)

/* What is most over its budget costs the writer least: nothing of it is read. */
static __always_inline bool budget_has_room(struct shed *s, struct wire_sink_stats *stats, __u64 taken) {
	__u64 sink;

	if (taken <= BUCKET_NS / 2)
		return true;
	if (taken > BUCKET_NS)
		return false;
	sink = shed_mix(shed_mix(shed_key, stats->key.ino),
	                ((__u64)stats->key.dev << 32 | stats->key.generation) ^ (__u64)stats->key.peer << 16);
	if (!sample_limit)
		shed_read(s);
	if (is_first_sight(statement_hash(s, sink)))
		return true;
	if (taken > BUCKET_NS / 4 * 3 || stats->budget_tgid == s->tgid) /* the last one that was looked for */
		return false;
	stats->budget_tgid = s->tgid;
	return is_first_sight(shed_mix(sink, s->tgid));
}

static __always_inline bool budget_takes(struct shed *s, struct wire_sink_stats *stats) {
	__u64 until = stats->budget_ns, cost = budget_cost, bytes = s->bytes, taken;

	if (!cost)
		return true;
	s->now_ns = bpf_ktime_get_ns();
	taken = until > s->now_ns ? until - s->now_ns : 0;
	if (!budget_has_room(s, stats, taken))
		return false;
	if (bytes > WIRE_WRITE_MAX)
		bytes = WIRE_WRITE_MAX;
	cost = bytes * cost >> BUDGET_COST_SHIFT;
	if (taken)
		__sync_fetch_and_add(&stats->budget_ns, cost);
	else /* two at once count as one */
		stats->budget_ns = s->now_ns + cost;
	return true;
}

/* 0: it goes up; else the reason why not, an enum wire_loss. verifier: global, see emit_piece(). */
int __noinline shed(void) {
	struct shed *s = shed_current();
	struct wire_sink_stats *stats;
	__u32 place;

	if (!s)
		return 0;
	place = s->place;
	stats = bpf_map_lookup_elem(&sink_stats, &place);
	if (!stats)
		return 0;
	if (sample_limit) {
		shed_read(s);
		if (!sample_takes(s, stats))
			return WIRE_LOSS_SAMPLED;
	}
	return budget_takes(s, stats) ? 0 : WIRE_LOSS_BUDGET;
}

/* Is the write shed, whose first bytes, at least len of them, lie there? Then it has been counted. *now_ns is 0 or the
 * time: the clock takes as long as all else here. */
static __always_inline bool shed_write(struct wire_sink_stats *stats, __u64 bytes, __u64 from, __u64 len,
                                       __u64 *now_ns) {
	struct shed *s = shed_current();
	int reason;

	if (!s)
		return false;
	s->bytes = bytes;
	s->now_ns = 0;
	s->from = from;
	s->len = len < SHED_TEXT ? len : SHED_TEXT;
	s->place = stats->place;
	s->tgid = current_tgid();
	reason = shed();
	*now_ns = s->now_ns;
	if (reason == WIRE_LOSS_SAMPLED)
		count_lost_write(stats, WIRE_LOSS_SAMPLED, bytes);
	else if (reason)
		count_lost_write(stats, WIRE_LOSS_BUDGET, bytes);
	return reason;
}

#endif
