/* SPDX-License-Identifier: MIT */
#include "capture/recording.h"

#include "base/cleanup.h"
#include "capture/state.h"

#include "bpf/logspill.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct replay {
	const char *bytes;
	size_t len;
	union {
		uint32_t kind;
		struct wire_data data;
		struct wire_sink sink;
		struct wire_process process;
		struct wire_mapped mapped;
		struct wire_compat compat;
		struct wire_exit exit;
		struct recording_sink counted;
		struct recording_target target;
		char room[sizeof(struct wire_data) + WIRE_PIECE_MAX];
	} record; /* the current one, and zeroes where it is shorter than its kind */
	size_t record_len;
	bool has_counters;
};

DEFINE_CLEANUP(struct replay *, replay_close)

static int map_file(struct replay *r, const char *path) {
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct recording_head))
		return -EINVAL;
	void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	r->bytes = bytes;
	r->len = (size_t)st.st_size;
	return 0;
}

int replay_open(struct replay **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(replay_closep) struct replay *r = calloc(1, sizeof(*r));
	struct recording_head head;
	if (!r)
		return -ENOMEM;
	int e = map_file(r, path);
	recording_head_init(&head);
	if (!e && memcmp(r->bytes, &head, sizeof(head)))
		e = -EINVAL;
	if (e) {
		diags_say(ret_diags, "cannot replay %s: %s", path,
		          e == -EINVAL ? "it is no recording of this build's `logspill record`" : strerror(-e));
		return e;
	}
	*ret = take(r);
	return 0;
}

void replay_close(struct replay *r) {
	if (!r)
		return;
	if (r->bytes)
		munmap((void *)r->bytes, r->len);
	explicit_bzero(r, sizeof(*r));
	free(r);
}

/* Copies the record at *at, which moves on. False: there is none, or it cannot be one. */
static bool next(struct replay *r, size_t *at) {
	struct recording_entry entry;
	if (r->len - *at < sizeof(entry))
		return false;
	memcpy(&entry, r->bytes + *at, sizeof(entry));
	*at += sizeof(entry);
	size_t padded = ((size_t)entry.len + 7) & ~(size_t)7;
	if (entry.len < sizeof(r->record.kind) || entry.len > sizeof(r->record) || padded > r->len - *at)
		return false;
	size_t before = r->record_len > sizeof(struct wire_process) ? r->record_len : sizeof(struct wire_process);
	memset(r->record.room, 0, before);
	memcpy(r->record.room, r->bytes + *at, entry.len);
	r->record_len = entry.len;
	*at += padded;
	return true;
}

static bool is_target(uint32_t target) {
	return (target & ~WIRE_SECOND_HOP) < WIRE_TARGETS_MAX;
}

/* Of a sink or a process: at the same place. */
static bool has_path(const struct replay *r) {
	return r->record_len >= offsetof(struct wire_sink, path) &&
	       r->record.sink.path_len <= r->record_len - offsetof(struct wire_sink, path);
}

/* The kernel keeps to this; a file need not. */
static bool is_sound(const struct replay *r) {
	const struct wire_data *data = &r->record.data;
	const struct wire_sink *sink = &r->record.sink;
	switch (r->record.kind) {
	case WIRE_DATA:
		return r->record_len >= sizeof(*data) && data->len <= r->record_len - sizeof(*data) && data->len &&
		       data->write_len <= WIRE_WRITE_MAX && data->offset < data->write_len &&
		       data->len <= data->write_len - data->offset;
	case WIRE_SINK:
		return has_path(r) && sink->place < WIRE_SINKS_MAX && is_target(sink->sink.target);
	case WIRE_PROCESS:
		return has_path(r) && is_target(r->record.process.target);
	case WIRE_COMPAT:
		return memchr(r->record.compat.program, 0, sizeof(r->record.compat.program));
	case RECORDING_SINK:
		return r->record.counted.stats.place < WIRE_SINKS_MAX && is_target(r->record.counted.stats.key.target);
	case RECORDING_TARGET:
		return r->record.target.target < WIRE_TARGETS_MAX;
	default:
		return true;
	}
}

static void take_counters(struct replay *r, struct capture *c) {
	const struct wire_sink_stats *stats = &r->record.counted.stats;
	const struct recording_target *target = &r->record.target;
	if (r->record.kind == RECORDING_SINK)
		c->places.stats[stats->place] = *stats;
	if (r->record.kind != RECORDING_TARGET)
		return;
	c->kernel.bpf->bss->target_stats[target->target] = target->stats;
	c->kept[target->target] = target->past;
	r->has_counters = true;
}

/* One that broke off has no counters: what is there is what was seen. */
static void count(const struct replay *r, struct capture *c) {
	const struct wire_data *data = &r->record.data;
	const struct sink_entry *e;
	if (r->record.kind == WIRE_SINK)
		c->places.stats[r->record.sink.place].key = r->record.sink.sink;
	if (r->record.kind != WIRE_DATA || !(e = sinks_find(&c->sinks, &data->sink)))
		return;
	c->places.stats[e->place].seen_bytes += data->len;
	c->places.stats[e->place].seen_writes += data->offset == 0;
}

int replay_run(struct replay *r, struct capture *c) {
	size_t at = sizeof(struct recording_head);
	int records = 0;
	while (next(r, &at) && is_sound(r))
		take_counters(r, c);
	at = sizeof(struct recording_head);
	for (; next(r, &at) && is_sound(r); records++) {
		if (!r->has_counters)
			count(r, c);
		/* Files and stacks of processes that lived elsewhere, or long ago. */
		if (r->record.kind != WIRE_MAPPED && r->record.kind != WIRE_STACK)
			capture_take_record(c, &r->record);
	}
	return records;
}

static bool was_log(const struct wire_sink_stats *stats, const struct wire_sink_key *key) {
	return !stats->no_log && !memcmp(&stats->key, key, sizeof(*key));
}

static enum pipe_reader recorded_reader(void *stats, const struct wire_sink_key *pipe) {
	return was_log(stats, pipe) ? PIPE_READ_OUTSIDE : PIPE_READ_INSIDE;
}

static bool recorded_stdio(void *stats, const struct wire_sink_key *file) {
	return was_log(stats, file);
}

struct judge_facts replay_facts(const struct capture *c, const struct wire_sink *w) {
	return (struct judge_facts){
	    .arg = &c->places.stats[w->place], .pipe_reader = recorded_reader, .was_stdio = recorded_stdio};
}
