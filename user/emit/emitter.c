/* SPDX-License-Identifier: MIT */
#include "emit/emit.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "emit/format.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define UPDATE_NS 1000000000ull

/* What of a finding was last written. */
struct sent {
	uint64_t count, time_ns;
	size_t origins;
};

struct emitter {
	const struct emit_format *format;
	int fd;
	bool owns_fd;
	struct emit_context context;
	char host_name[256];
	struct sent *sent; /* by index of the finding */
	size_t sent_len;
	int error;
	bool broken; /* a write failed: nothing more is written */
};

static const struct emit_format *const formats[] = {&emit_text, &emit_jsonl, &emit_ecs, &emit_ocsf};

const struct emit_format *emit_format_find(const char *name) {
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

int emitter_open_fd(struct emitter **ret, const struct emit_format *format, int fd, bool color) {
	struct emitter *e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->format = format;
	e->fd = fd;
	e->context.color = color;
	e->context.host_name = e->host_name;
	if (gethostname(e->host_name, sizeof(e->host_name) - 1) < 0)
		e->host_name[0] = 0;
	*ret = e;
	return 0;
}

int emitter_open(struct emitter **ret, const struct emit_format *format, const char *path, bool color) {
	_cleanup_close_ int fd = file_open_append(path, 0);
	if (fd < 0)
		return fd;
	struct emitter *e;
	int r = emitter_open_fd(&e, format, fd, color);
	if (r)
		return r;
	e->owns_fd = true;
	fd = -1;
	*ret = e;
	return 0;
}

int emitter_close(struct emitter *e) {
	if (!e)
		return 0;
	if (e->owns_fd && close(e->fd) < 0 && !e->error)
		e->error = -errno;
	int r = e->error;
	free(e->sent);
	free(e);
	return r;
}

static int failed(struct emitter *e, int error) {
	if (!e->error)
		e->error = error;
	return e->error;
}

/* A disk that fills up in the middle of a line: takes the half line back, if nobody has appended since. */
static void take_back(int fd, size_t written) {
	struct stat st;
	off_t end = lseek(fd, 0, SEEK_CUR);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size != end || end < (off_t)written)
		return;
	int r = ftruncate(fd, end - (off_t)written);
	(void)r; /* then it stays: the error that is reported says that the output is incomplete */
}

static int write_line(int fd, const char *line, size_t len) {
	for (size_t written = 0; written < len;) {
		ssize_t n = write(fd, line + written, len - written);
		if (n >= 0) {
			written += (size_t)n;
		} else if (errno == EAGAIN) {
			/* A pipe that somebody else has set to O_NONBLOCK. */
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			int r = -errno;
			if (written)
				take_back(fd, written);
			return r;
		}
	}
	return 0;
}

static int emit(struct emitter *e, char *text) {
	_cleanup_free_ char *line = text;
	if (!line)
		return failed(e, -ENOMEM);
	int r = write_line(e->fd, line, strlen(line));
	e->broken = r < 0;
	return r ? failed(e, r) : 0;
}

static int reserve_sent(struct emitter *e, size_t index) {
	if (index < e->sent_len)
		return 0;
	size_t len = e->sent_len * 2 > index ? e->sent_len * 2 : index + 16;
	struct sent *sent = reallocarray(e->sent, len, sizeof(*sent));
	if (!sent)
		return -ENOMEM;
	memset(sent + e->sent_len, 0, (len - e->sent_len) * sizeof(*sent));
	e->sent = sent;
	e->sent_len = len;
	return 0;
}

int emitter_finding(struct emitter *e, const struct finding *f, uint64_t now_ns, bool last) {
	if (e->broken)
		return e->error;
	int r = reserve_sent(e, f->index);
	if (r)
		return failed(e, r);
	struct sent *sent = &e->sent[f->index];
	bool again = sent->count > 0;
	bool same = sent->count == f->count && sent->origins == f->origins_len;
	if (same || (again && !last && now_ns - sent->time_ns < UPDATE_NS))
		return 0;
	e->context.again = again;
	r = emit(e, e->format->finding(f, &e->context));
	if (!r)
		*sent = (struct sent){f->count, now_ns, f->origins_len};
	return r;
}

int emitter_summary(struct emitter *e, const struct summary *s) {
	return e->broken ? e->error : emit(e, e->format->summary(s, &e->context));
}
