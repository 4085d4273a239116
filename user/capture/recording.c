/* SPDX-License-Identifier: MIT */
#include "capture/recording.h"

#include "base/cleanup.h"
#include "capture/state.h"

#include "bpf/logspill.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct recording {
	FILE *file;
	int error; /* the first */
};

DEFINE_CLEANUP(struct recording *, recording_free)

void recording_head_init(struct recording_head *h) {
	*h = (struct recording_head){
	    .sizes = {sizeof(struct wire_data), sizeof(struct wire_sink), sizeof(struct wire_process),
	              sizeof(struct wire_mapped), sizeof(struct wire_compat), sizeof(struct wire_stack),
	              sizeof(struct recording_target)},
	};
	memcpy(h->magic, RECORDING_MAGIC, sizeof(h->magic));
}

static void put(struct recording *r, const void *p, size_t len) {
	if (fwrite(p, 1, len, r->file) != len && !r->error)
		r->error = -errno;
}

int recording_new(struct recording **ret, const char *path, struct diags *ret_diags) {
	_cleanup_(recording_freep) struct recording *r = calloc(1, sizeof(*r));
	struct recording_head head;
	if (!r)
		return -ENOMEM;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->file) {
		int e = -errno;
		diags_say(ret_diags, "cannot record to %s: %s", path, strerror(-e));
		if (fd >= 0)
			close(fd);
		return e;
	}
	recording_head_init(&head);
	put(r, &head, sizeof(head));
	*ret = take(r);
	return 0;
}

void recording_free(struct recording *r) {
	if (r && r->file)
		fclose(r->file);
	free(r);
}

/* Data stands in the ring in room for more, and behind it whatever was there before. */
static size_t bytes_used(const void *record, size_t len) {
	uint32_t kind = *(const uint32_t *)record;
	if (kind == WIRE_DATA)
		return sizeof(struct wire_data) + ((const struct wire_data *)record)->len;
	if (kind == WIRE_STACK)
		return offsetof(struct wire_stack, bytes) + ((const struct wire_stack *)record)->len;
	return len;
}

static void put_entry(struct recording *r, const void *record, size_t len) {
	static const char zeroes[8];
	put(r, &(struct recording_entry){.len = (uint32_t)len}, sizeof(struct recording_entry));
	put(r, record, len);
	put(r, zeroes, -len & 7);
}

void recording_add(struct recording *r, const void *record, size_t len) {
	put_entry(r, record, bytes_used(record, len));
}

static void put_sinks(struct recording *r, const struct capture *c) {
	for (uint32_t place = 0; place < WIRE_SINKS_MAX; place++) {
		struct recording_sink sink = {.kind = RECORDING_SINK, .stats = c->places.stats[place]};
		if (!sink.stats.key.ino)
			continue;
		sink.stats.no_log = c->sinks.by_place[place].is_other;
		put_entry(r, &sink, sizeof(sink));
	}
}

int recording_end(struct recording *r, const struct capture *c) {
	put_sinks(r, c);
	for (uint32_t i = 0; i < WIRE_TARGETS_MAX; i++) {
		struct recording_target target = {RECORDING_TARGET, i, c->kernel.bpf->bss->target_stats[i], c->kept[i]};
		put_entry(r, &target, sizeof(target));
	}
	if (fflush(r->file) && !r->error)
		r->error = -errno;
	return r->error;
}
