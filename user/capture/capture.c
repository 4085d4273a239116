/* SPDX-License-Identifier: MIT */
#include "capture/state.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/glob.h"
#include "capture/pending.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>

#define TIMEOUT_IDLE_MS 2000                /* whoever writes wakes us */
#define CUT_SHORT_NS (200 * 1000 * 1000ULL) /* the pieces of a write are sent within much less */
#define QUIET_ROUNDS 8                      /* of a busy wait, before a writer may be bothered to wake us */

DEFINE_CLEANUP(struct capture *, capture_close)

void capture_deliver(void *arg, const struct capture_write *w) {
	struct capture *c = arg;
	if (w->sink->pending && pending_hold(c, (struct sink_entry *)w->sink, w))
		return;
	if (w->sink->is_log)
		c->handler->write(c->handler->arg, w);
}

static int add_socket_name(struct capture *c, const char *name) {
	char key[WIRE_SOCKET_NAME_MAX + 4] = {0};
	uint8_t yes = 1;
	if (strlen(name) >= WIRE_SOCKET_NAME_MAX)
		return 0;
	memcpy(key, name, strlen(name));
	int r = bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.socket_names), key, &yes, BPF_ANY);
	return r == -E2BIG ? 0 : r;
}

static int name_sockets(struct capture *c) {
	int r = 0;
	for (const char *const *name = judge_log_sockets; !r && *name; name++)
		r = add_socket_name(c, *name);
	for (size_t i = 0; !r && i < c->judge.sink_globs_len; i++)
		r = add_socket_name(c, c->judge.sink_globs[i]);
	return r;
}

/* Owned by the caller, whatever is returned. */
static int copy_strings(const char *const *from, size_t len, const char *const **ret, size_t *ret_len) {
	char **copy = calloc(len + 1, sizeof(*copy));
	*ret = (const char *const *)copy;
	*ret_len = 0;
	if (!copy)
		return -ENOMEM;
	for (; *ret_len < len; ++*ret_len) {
		copy[*ret_len] = strdup(from[*ret_len]);
		if (!copy[*ret_len])
			return -ENOMEM;
	}
	return 0;
}

static void free_strings(const char *const *strings, size_t len) {
	for (size_t i = 0; i < len; i++)
		free((char *)strings[i]);
	free((void *)strings);
}

static int copy_names(struct capture *c, const struct capture_config *config) {
	int r = copy_strings(config->sink_globs, config->sink_globs_len, &c->judge.sink_globs, &c->judge.sink_globs_len);
	if (!r)
		r = copy_strings(config->no_sink_globs, config->no_sink_globs_len, &c->judge.no_sink_globs,
		                 &c->judge.no_sink_globs_len);
	if (!r)
		r = copy_strings(config->collectors, config->collectors_len, &c->collectors.names, &c->collectors.names_len);
	c->collectors.none = config->no_collectors;
	return r;
}

/* May a socket be a log by its name that is not in the table of names? */
static bool names_any_socket(const struct judge_config *judge) {
	for (size_t i = 0; i < judge->sink_globs_len; i++)
		if (!judge_is_net_glob(judge->sink_globs[i]) &&
		    (glob_has_wildcard(judge->sink_globs[i]) || !strchr(judge->sink_globs[i], '/')))
			return true;
	return false;
}

static int open_live(struct capture *c, const struct capture_config *config, struct diags *ret_diags) {
	int r = kernel_load(&c->kernel, config, names_any_socket(&c->judge), ret_diags);
	if (!r)
		r = ring_init(&c->ring, bpf_map__fd(c->kernel.bpf->maps.ring), bpf_map__max_entries(c->kernel.bpf->maps.ring),
		              sizeof(struct wire_data) + WIRE_PIECE_MAX);
	if (!r)
		r = places_init(&c->places, bpf_map__fd(c->kernel.bpf->maps.sinks), bpf_map__fd(c->kernel.bpf->maps.sink_stats),
		                bpf_map__fd(c->kernel.bpf->maps.free_places));
	if (!r)
		r = name_sockets(c);
	if (!r)
		r = collectors_fill(&c->collectors, bpf_map__fd(c->kernel.bpf->maps.collectors));
	if (!r && config->record)
		r = recording_new(&c->recording, config->record, ret_diags);
	if (!r)
		cost_meter_start(&c->cost, clock_monotonic_ns());
	return r;
}

static int open_replay(struct capture *c, const char *path, struct diags *ret_diags) {
	int r = replay_open(&c->replay, path, ret_diags);
	if (!r)
		r = kernel_open(&c->kernel);
	return r ? r : places_init(&c->places, -1, -1, -1);
}

int capture_open(struct capture **ret, const struct capture_config *config, struct diags *ret_diags) {
	_cleanup_(capture_closep) struct capture *c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	processes_init(&c->processes);
	followers_init(&c->followers);
	TAILQ_INIT(&c->pending);
	assembler_init(&c->assembler, capture_deliver, c);
	shedder_init(&c->shedder, &config->shedding, config->every_stack);
	c->ring.epoll_fd = -1;
	c->cost.fd = -1;
	c->timeout_ms = shedder_wait_ms(&c->shedder);
	memset(c->cgroup_fds, 0xff, sizeof(c->cgroup_fds));
	int r = sinks_init(&c->sinks);
	if (!r)
		r = copy_names(c, config);
	if (!r)
		r = stdio_add(&c->stdio, 0);
	if (!r)
		r = config->replay ? open_replay(c, config->replay, ret_diags) : open_live(c, config, ret_diags);
	if (r) {
		if (!diags_any(ret_diags))
			diags_say(ret_diags, "cannot watch: %s", strerror(-r));
		return r;
	}
	*ret = take(c);
	return 0;
}

void capture_close(struct capture *c) {
	if (!c)
		return;
	pending_settle(c, true); /* without a handler: dropped */
	ring_release(&c->ring);
	recording_free(c->recording);
	replay_close(c->replay);
	cost_meter_stop(&c->cost);
	places_release(&c->places);
	kernel_release(&c->kernel);
	assembler_release(&c->assembler);
	processes_release(&c->processes);
	sinks_release(&c->sinks);
	stdio_release(&c->stdio);
	mounts_cache_release(&c->mounts);
	followers_release(&c->followers);
	shedder_release(&c->shedder);
	blind_spots_release(&c->blind);
	blind_spots_release(&c->read.blind);
	for (size_t i = 0; i < WIRE_TARGETS_MAX; i++)
		closep(&c->cgroup_fds[i]);
	free_strings(c->judge.sink_globs, c->judge.sink_globs_len);
	free_strings(c->judge.no_sink_globs, c->judge.no_sink_globs_len);
	free_strings(c->collectors.names, c->collectors.names_len);
	free(c);
}

const char *capture_hook_name(const struct capture *c) {
	return c->kernel.raw ? "raw" : "tracepoint";
}

int capture_fd(const struct capture *c) {
	return c->ring.epoll_fd;
}

int capture_timeout_ms(const struct capture *c) {
	return c->timeout_ms;
}

void capture_take_stacks(struct capture *c, const struct sink *s, uint32_t n) {
	uint32_t place = ((const struct sink_entry *)s)->place;
	if (!c->places.is_retired[place])
		__atomic_store_n(&c->places.stats[place].stacks_wanted, n, __ATOMIC_RELAXED);
}

static void on_record(void *arg, const void *record, size_t len) {
	struct capture *c = arg;
	if (c->recording)
		recording_add(c->recording, record, len);
	capture_take_record(c, record);
}

static bool is_under_way(const struct capture *c) {
	return c->pending_len || c->assembler.by_tid.len || mapped_any(c) || upkeep_is_due(c) || shedder_is_on(&c->shedder);
}

static int until_due_ms(const struct capture *c, uint64_t now_ns) {
	uint64_t look_ns = sinks_look_ns(&c->sinks), cost_ns = cost_meter_due_ns(&c->cost, now_ns);
	uint64_t due_ns = look_ns < cost_ns ? look_ns : cost_ns, ms = due_ns > now_ns ? (due_ns - now_ns) / 1000000 + 1 : 0;
	return ms < CAPTURE_POLL_MS ? CAPTURE_POLL_MS : ms < TIMEOUT_IDLE_MS ? (int)ms : TIMEOUT_IDLE_MS;
}

static void set_pace(struct capture *c, int records, uint64_t now_ns) {
	uint32_t *idle = &c->kernel.bpf->bss->agent_idle;
	c->quiet_rounds = records ? 0 : c->quiet_rounds + 1;
	c->timeout_ms = shedder_wait_ms(&c->shedder);
	if (c->quiet_rounds < QUIET_ROUNDS) {
		__atomic_store_n(idle, 0, __ATOMIC_RELAXED);
		return;
	}
	/* Looks again behind the flag: a writer sees the flag, or we see what it wrote; but for one that had looked at the
	 * flag and not yet made its record, which the next round finds. */
	bool stood = __atomic_exchange_n(idle, 1, __ATOMIC_SEQ_CST);
	if (!ring_is_empty(&c->ring))
		__atomic_store_n(idle, 0, __ATOMIC_RELAXED);
	else
		c->timeout_ms = stood && !is_under_way(c) ? until_due_ms(c, now_ns) : CAPTURE_POLL_MS;
}

int capture_dispatch(struct capture *c, const struct capture_handler *h) {
	c->handler = h;
	if (c->kernel.bpf->bss->unseen_compat)
		(void)kernel_see_compat(&c->kernel); /* where it fails, each execution is a blind spot */
	uint64_t start = clock_monotonic_ns();   /* what is older is in the ring by now, all of it */
	uint64_t end = ring_end(&c->ring);
	int n = ring_consume(&c->ring, on_record, c);
	if (ring_has_come_to(&c->ring, end)) {
		c->come_ns = start;
		assembler_flush_before(&c->assembler, start - CUT_SHORT_NS);
	}
	mapped_read(c);
	uint64_t now = clock_monotonic_ns();
	pending_settle(c, false);
	upkeep_make_room(c);
	upkeep_look_again(c, now);
	cost_meter_tick(&c->cost, &c->kernel, now);
	shedder_tick(c, now);
	set_pace(c, n, now);
	c->handler = NULL;
	return n;
}

static int finish_ring(struct capture *c) {
	int total = 0;
	__atomic_store_n(&c->kernel.bpf->bss->stopped, 1, __ATOMIC_SEQ_CST);
	/* Programs run with preemption off: behind this none is left that had not seen the flag. */
	(void)!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	for (int n = 1; n > 0; total += n)
		n = ring_consume(&c->ring, on_record, c);
	return total;
}

int capture_finish(struct capture *c, const struct capture_handler *h) {
	c->handler = h;
	int r = c->replay ? replay_run(c->replay, c) : finish_ring(c);
	mapped_end(c, NULL);
	assembler_flush(&c->assembler, NULL, NULL);
	pending_settle(c, true);
	c->handler = NULL;
	int recorded = c->recording ? recording_end(c->recording, c) : 0;
	return recorded < 0 ? recorded : r;
}
