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

#define TIMEOUT_BUSY_MS 5
#define TIMEOUT_IDLE_MS 100
#define ROOM_EVERY 1024                     /* sinks announced, in a dispatch that has many to deliver */
#define CUT_SHORT_NS (200 * 1000 * 1000ULL) /* the pieces of a write are sent within much less */
#define LOOKS_MAX 16                        /* at files by their names, a dispatch: each takes microseconds */
#define QUIET_ROUNDS 8                      /* of TIMEOUT_BUSY_MS, before a writer may be bothered to wake us */

DEFINE_CLEANUP(struct capture *, capture_close)

static void deliver(void *arg, const struct capture_write *w) {
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
	assembler_init(&c->assembler, deliver, c);
	shedder_init(&c->shedder, &config->shedding);
	c->ring.epoll_fd = -1;
	c->cost.fd = -1;
	c->timeout_ms = TIMEOUT_BUSY_MS;
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

static void lose_mapped(struct capture *c, const char *name, uint64_t len_bytes) {
	blind_spots_add(&c->blind, WIRE_BLIND_MAPPING, name, (struct wire_amount){1, len_bytes});
}

/* What has been written meanwhile through memory. One that is also written to by calls cannot be told apart. */
static void read_followed(struct capture *c) {
	for (struct follower *f = NULL; (f = followers_next(&c->followers, f));) {
		struct sink_entry *e = (struct sink_entry *)f->sink;
		if (!f->failed && (c->places.stats[e->place].seen_writes || follower_read(&c->followers, f, deliver, c))) {
			f->failed = true;
			lose_mapped(c, f->sink->name, f->len_bytes);
		}
	}
}

static void end_followed(struct capture *c, const struct sink *only) {
	read_followed(c);
	for (struct follower *f = NULL; (f = followers_next(&c->followers, f));) {
		if (only && f->sink != only)
			continue;
		if (!f->failed && !follower_is_complete(&c->followers, f))
			lose_mapped(c, f->sink->name, f->len_bytes);
		f->failed = true;
	}
}

static void sink_end(struct capture *c, struct sink_entry *e) {
	end_followed(c, &e->sink);
	assembler_flush(&c->assembler, NULL, &e->sink);
	if (c->handler->sink_end)
		c->handler->sink_end(c->handler->arg, &e->sink);
	followers_remove(&c->followers, &e->sink);
	sinks_discard(&c->sinks, e);
}

static void leave(struct capture *c, struct sink_entry *e, uint64_t now) {
	if (e->sink.pending)
		pending_give_up(c, e);
	if (e->standing == STANDING_LEAVING)
		places_retire(&c->places, e->place, now);
}

/* When more logs have been met than are kept, the longest unused make way. Their counts stay in the sums. */
static void make_room(struct capture *c, uint64_t now) {
	uint32_t place;
	for (struct sink_entry *e; (e = sinks_leave_next(&c->sinks, now));)
		leave(c, e, now);
	for (struct sink_entry *e; (e = sinks_part_next(&c->sinks, now));)
		places_retire(&c->places, e->place, now);
	while (places_next_final(&c->places, now, &place)) {
		totals_keep_place(c, place);
		struct sink_entry *e = sinks_clear_place(&c->sinks, place);
		if (e)
			sink_end(c, e);
		places_give_back(&c->places);
	}
}

/* At its place, where programs look first, unless it has none any more; and for when it has none. */
static void tell_not_log(struct capture *c, const struct sink_entry *e) {
	struct wire_sink_stats *stats = &c->places.stats[e->place];
	uint8_t yes = 1;
	if (!memcmp(&stats->key, &e->sink.key, sizeof(stats->key)))
		stats->no_log = 1;
	bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.not_logs), &e->sink.key, &yes, BPF_ANY);
}

void capture_refuse(struct capture *c, struct sink_entry *e) {
	sinks_refuse(&c->sinks, e, clock_monotonic_ns());
	tell_not_log(c, e);
}

static void find_on_host(struct capture *c, struct sink *s, pid_t writer, uint64_t now) {
	if (!s->host_path && s->is_log && s->kind == SINK_FILE && s->name[0] == '/')
		s->host_path = mounts_host_path(&c->mounts, writer, s->name, now);
}

static void on_sink(struct capture *c, const struct wire_sink *w) {
	const struct judge_facts live = {.arg = c, .pipe_reader = target_pipe_reader, .was_stdio = target_had_stdio};
	const struct judge_facts facts = c->replay ? replay_facts(c, w) : live;
	uint64_t now = clock_monotonic_ns();
	struct sink_entry *e;
	struct sink_entry *known = sinks_find(&c->sinks, &w->sink);
	bool was_pending = known && known->sink.pending;
	if (sinks_meet(&c->sinks, w, &c->judge, &facts, now, &e))
		return; /* its data will be counted as undelivered */
	if (e->standing == STANDING_REFUSED)
		tell_not_log(c, e);
	find_on_host(c, &e->sink, (pid_t)w->tgid, now);
	if (e->sink.pending && !was_pending)
		pending_begin(c, e);
	else if (c->handler->sink_judged && !e->sink.pending)
		c->handler->sink_judged(c->handler->arg, &e->sink);
	if (++c->announced % ROOM_EVERY == 0)
		make_room(c, now);
}

void capture_process_end(struct capture *c, struct process *p) {
	assembler_flush(&c->assembler, p, NULL);
	if (p->held) {
		processes_keep(&c->processes, p);
		return;
	}
	if (c->handler && c->handler->process_exit)
		c->handler->process_exit(c->handler->arg, p);
	processes_remove(&c->processes, p);
}

/* What came of it until now was written by the program before. */
static void process_exec(struct capture *c, struct process *p) {
	assembler_flush(&c->assembler, p, NULL);
	if (c->handler->process_exec)
		c->handler->process_exec(c->handler->arg, p);
}

static void on_process(struct capture *c, const struct wire_process *w) {
	struct process *known = processes_find(&c->processes, w->tgid);
	/* The pid has come around, and the ring had no room to say that its former owner ended; or writes of it are held,
	 * which go on under the name that it had. */
	if (known && (known->start_ns != w->start_ns || known->held))
		capture_process_end(c, known);
	else if (known)
		process_exec(c, known);
	if (processes_meet(&c->processes, w, &known) || !c->handler->process_met)
		return;
	c->handler->process_met(c->handler->arg, known, (const char *)w->path + w->path_len - w->arguments_len,
	                        w->arguments_len);
}

static void on_exit_of(struct capture *c, const struct wire_exit *w) {
	struct process *p = processes_find(&c->processes, w->tgid);
	if (p)
		capture_process_end(c, p);
}

static void on_stack(struct capture *c, const struct wire_stack *w) {
	struct origin_stack stack = {
	    .time_ns = w->time_ns, .pid = (pid_t)w->tgid, .tid = (pid_t)w->tid, .from = w->from, .len = w->len};
	if (!c->handler->stack || w->len > sizeof(stack.bytes))
		return;
	memcpy(stack.registers, w->registers, sizeof(stack.registers));
	memcpy(stack.bytes, w->bytes, w->len);
	c->handler->stack(c->handler->arg, &stack);
	explicit_bzero(stack.bytes, w->len);
}

void capture_take_stacks(struct capture *c, const struct sink *s, uint32_t n) {
	uint32_t place = ((const struct sink_entry *)s)->place;
	if (!c->places.is_retired[place])
		__atomic_store_n(&c->places.stats[place].stacks_wanted, n, __ATOMIC_RELAXED);
}

static void on_compat(struct capture *c, const struct wire_compat *w) {
	if (!blind_spots_add(&c->blind, WIRE_BLIND_COMPAT, (const char *)w->program, (struct wire_amount){.events = 1}))
		c->compat_named++;
}

static void on_mapped(struct capture *c, const struct wire_mapped *w) {
	struct sink_entry *e = sinks_find(&c->sinks, &w->sink);
	struct process *p = processes_find(&c->processes, w->tgid);
	if (e && !e->sink.is_log)
		return;
	if (!e || !p || followers_add(&c->followers, &e->sink, p, w))
		lose_mapped(c, e ? e->sink.name : NULL, w->len);
}

static void on_data(struct capture *c, const struct wire_data *w) {
	struct sink_entry *e = sinks_find(&c->sinks, &w->sink);
	struct process *p = processes_find(&c->processes, w->tgid);
	if (e && !e->sink.is_log)
		return;
	if (!e || !p) {
		struct capture_loss *lost = &c->undelivered[target_of(&w->sink)];
		lost->bytes += w->len;
		lost->writes += w->offset == 0;
		return;
	}
	bool gap = w->gaps != e->gaps;
	e->gaps = w->gaps;
	sinks_use(&c->sinks, e, w->time_ns);
	assembler_feed(&c->assembler, w, &e->sink, p, gap);
}

void capture_take_record(struct capture *c, const void *record) {
	switch (*(const uint32_t *)record) {
	case WIRE_DATA:
		return on_data(c, record);
	case WIRE_SINK:
		return on_sink(c, record);
	case WIRE_PROCESS:
		return on_process(c, record);
	case WIRE_MAPPED:
		return on_mapped(c, record);
	case WIRE_COMPAT:
		return on_compat(c, record);
	case WIRE_EXIT:
		return on_exit_of(c, record);
	case WIRE_STACK:
		return on_stack(c, record);
	}
}

static void on_record(void *arg, const void *record, size_t len) {
	struct capture *c = arg;
	if (c->recording)
		recording_add(c->recording, record, len);
	capture_take_record(c, record);
}

/* As /proc has it. */
static bool is_deleted(const char *name) {
	static const char mark[] = " (deleted)";
	size_t len = strlen(name);
	return len >= strlen(mark) && !strcmp(name + len - strlen(mark), mark);
}

/* Its next write is a first sight again. */
static void take_back_not_log(struct capture *c, const struct sink_entry *e) {
	bpf_map_delete_elem(bpf_map__fd(c->kernel.bpf->maps.not_logs), &e->sink.key);
	__atomic_fetch_add(&c->kernel.bpf->bss->not_logs_recalls, 1, __ATOMIC_SEQ_CST);
}

/* Has a file that was no log been given a log's name meanwhile? */
static void look_again(struct capture *c, uint64_t now) {
	struct sink_entry *e;
	for (int i = 0; i < LOOKS_MAX && (e = sinks_look_next(&c->sinks, now)); i++) {
		char link[64], name[WIRE_PATH_MAX];
		if (e->sink.kind != SINK_FILE || e->sink.second_hop || e->fd < 0)
			continue;
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", e->writer, e->fd);
		ssize_t len = readlink(link, name, sizeof(name) - 1);
		if (len <= 0)
			continue;
		name[len] = 0;
		if (strcmp(name, e->sink.name) && !is_deleted(name) && judge_is_log_name(&c->judge, name))
			take_back_not_log(c, e);
	}
}

static void set_pace(struct capture *c, int records) {
	uint32_t *idle = &c->kernel.bpf->bss->agent_idle;
	c->quiet_rounds = records ? 0 : c->quiet_rounds + 1;
	c->timeout_ms = TIMEOUT_BUSY_MS;
	if (c->quiet_rounds < QUIET_ROUNDS) {
		__atomic_store_n(idle, 0, __ATOMIC_RELAXED);
		return;
	}
	/* Looks again behind the flag: a writer sees the flag, or we see what it wrote. */
	__atomic_store_n(idle, 1, __ATOMIC_SEQ_CST);
	if (ring_is_empty(&c->ring))
		c->timeout_ms = TIMEOUT_IDLE_MS;
	else
		__atomic_store_n(idle, 0, __ATOMIC_RELAXED);
}

int capture_dispatch(struct capture *c, const struct capture_handler *h) {
	c->handler = h;
	if (c->kernel.bpf->bss->unseen_compat)
		(void)kernel_see_compat(&c->kernel); /* where it fails, each execution is a blind spot */
	uint64_t start = clock_monotonic_ns();   /* what is older is in the ring by now, all of it */
	int n = ring_consume(&c->ring, on_record, c);
	assembler_flush_before(&c->assembler, start - CUT_SHORT_NS);
	read_followed(c);
	uint64_t now = clock_monotonic_ns();
	pending_settle(c, false);
	make_room(c, now);
	look_again(c, now);
	cost_meter_tick(&c->cost, &c->kernel, now);
	shedder_tick(c, now);
	set_pace(c, n);
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
	end_followed(c, NULL);
	assembler_flush(&c->assembler, NULL, NULL);
	pending_settle(c, true);
	c->handler = NULL;
	int recorded = c->recording ? recording_end(c->recording, c) : 0;
	return recorded < 0 ? recorded : r;
}
