/* SPDX-License-Identifier: MIT */
#include "capture/follow.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK_BYTES (64 * 1024)

void followers_init(struct followers *f) {
	*f = (struct followers){0};
	TAILQ_INIT(&f->list);
}

static void follower_free(struct follower *one) {
	closep(&one->fd);
	free(one->process.executable);
	free(one->process.cgroup);
	free(one->process.command_line);
	free(one);
}
DEFINE_CLEANUP(struct follower *, follower_free)

void followers_remove(struct followers *f, const struct sink *sink) {
	struct follower *next;
	for (struct follower *one = TAILQ_FIRST(&f->list); one; one = next) {
		next = TAILQ_NEXT(one, link);
		if (sink && one->sink != sink)
			continue;
		TAILQ_REMOVE(&f->list, one, link);
		f->len--;
		follower_free(one);
	}
}

void followers_release(struct followers *f) {
	followers_remove(f, NULL);
	free(f->buf);
	f->buf = NULL;
}

struct follower *followers_next(const struct followers *f, const struct follower *after) {
	return after ? TAILQ_NEXT(after, link) : TAILQ_FIRST(&f->list);
}

/* Opens the very file: its path may lead elsewhere by now. */
static int open_file(const char *path, uint64_t ino) {
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == ino)
		return fd;
	close(fd);
	return -ESTALE;
}

static int open_mapped(const struct sink *sink, const struct wire_mapped *w) {
	char path[64];
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", w->tgid, w->fd);
	int fd = open_file(path, w->sink.ino);
	return fd >= 0 ? fd : open_file(sink->name, w->sink.ino); /* closed meanwhile: the mapping needs it no more */
}

static int copy_process(struct process *to, const struct process *from) {
	*to = *from;
	to->executable = to->cgroup = to->command_line = NULL;
	int r = text_copy(&to->executable, from->executable);
	if (!r)
		r = text_copy(&to->cgroup, from->cgroup);
	return r ? r : text_copy(&to->command_line, from->command_line);
}

int followers_add(struct followers *f, struct sink *sink, const struct process *process, const struct wire_mapped *w) {
	for (struct follower *one = NULL; (one = followers_next(f, one));)
		if (one->sink == sink)
			return one->failed ? -ENOTSUP : 0;
	if (f->len == FOLLOWERS_MAX)
		return -E2BIG;
	if (!f->buf && !(f->buf = malloc(CHUNK_BYTES)))
		return -ENOMEM;
	_cleanup_(follower_freep) struct follower *one = calloc(1, sizeof(*one));
	if (!one)
		return -ENOMEM;
	one->fd = open_mapped(sink, w);
	if (one->fd < 0)
		return one->fd;
	one->sink = sink;
	one->offset = w->offset;
	one->len_bytes = w->len;
	int r = copy_process(&one->process, process);
	if (r)
		return r;
	TAILQ_INSERT_TAIL(&f->list, one, link);
	f->len++;
	one = NULL;
	return 0;
}

int follower_read(struct followers *all, struct follower *f, assemble_fn deliver, void *arg) {
	struct capture_write w = {
	    .sink = f->sink, .process = &f->process, .tid = (uint32_t)f->process.pid, .data = all->buf};
	struct capture_loss *read = &all->read[f->sink->key.target % WIRE_TARGETS_MAX];
	ssize_t n;
	do {
		n = pread(f->fd, all->buf, CHUNK_BYTES, (off_t)f->offset);
		if (n < 0)
			return -errno;
		w.len = strnlen(all->buf, (size_t)n);
		if (!w.len)
			return 0;
		w.time_ns = clock_monotonic_ns();
		deliver(arg, &w);
		explicit_bzero(all->buf, (size_t)n);
		f->offset += w.len;
		read->bytes += w.len;
		read->writes++;
	} while (w.len == CHUNK_BYTES);
	return 0;
}

bool follower_is_complete(struct followers *all, const struct follower *f) {
	off_t at = (off_t)f->offset;
	bool zero = true;
	ssize_t n;
	while (zero && (n = pread(f->fd, all->buf, CHUNK_BYTES, at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			zero &= !all->buf[i];
		explicit_bzero(all->buf, (size_t)n);
		at += n;
	}
	return zero && n == 0;
}
