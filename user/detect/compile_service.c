/* SPDX-License-Identifier: MIT */
/* Between a process that may make no child, and one that makes it instead. */
#include "base/cleanup.h"
#include "base/file.h"
#include "detect/anchor.h"
#include "detect/compile.h"
#include "detect/compile_child.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_BYTES (64u << 20)

/* Before the expressions, each with a NUL behind it. */
struct request {
	uint32_t how;
	uint32_t len;
	uint64_t bytes;
};

/* Before what was said. */
struct answer {
	int32_t error;
	int32_t status;
	double cpu_s;
	uint64_t bytes;
};

/* What comes after the first part of a message. */
static int receive(int fd, struct buf *ret, uint64_t bytes, uint64_t most) {
	if (bytes > most)
		return -EFBIG;
	int r = buf_reserve(ret, bytes + 1);
	if (!r)
		r = file_read_exactly(fd, ret->data, bytes);
	ret->len = r ? 0 : bytes;
	return r;
}

static int send_request(int fd, const struct anchors *a, enum compile_how how) {
	_cleanup_(buf_release) struct buf b = {0};
	struct request q = {.how = how, .len = (uint32_t)a->len};
	int r = buf_append(&b, &q, sizeof(q));

	for (size_t i = 0; i < a->len && !r; i++)
		r = buf_append(&b, a->items[i].expression, strlen(a->items[i].expression) + 1);
	if (r)
		return r;
	q.bytes = b.len - sizeof(q);
	if (q.bytes > REQUEST_BYTES)
		return -EFBIG;
	memcpy(b.data, &q, sizeof(q));
	return file_write_all(fd, b.data, b.len);
}

int compile_elsewhere(struct compile_outcome *ret, int fd, const struct anchors *a, enum compile_how how) {
	struct answer answer;
	int r = send_request(fd, a, how);

	if (!r)
		r = file_read_exactly(fd, &answer, sizeof(answer));
	if (!r) {
		r = receive(fd, &ret->said, answer.bytes, COMPILE_MEMORY_BYTES);
		if (r) /* what is left of it would be taken for the next answer */
			shutdown(fd, SHUT_RDWR);
	}
	if (r == -ECONNRESET || r == -EBADMSG)
		return -EPIPE;
	if (r)
		return r;
	ret->status = answer.status;
	ret->cpu_s = answer.cpu_s;
	return answer.error;
}

/* They stay in the text. */
static int find_expressions(const struct buf *text, size_t len, struct anchors *ret) {
	char *at = text->data, *end = text->data + text->len;

	ret->items = calloc(len + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (; ret->len < len && at < end; at += strlen(at) + 1)
		ret->items[ret->len++].expression = at;
	return ret->len == len ? 0 : -EBADMSG;
}

static int serve_one(int fd, const struct request *q, uint64_t data_bytes) {
	_cleanup_(compile_outcome_release) struct compile_outcome c = {0};
	_cleanup_(buf_release) struct buf text = {0};
	struct anchors a = {0};
	int r = receive(fd, &text, q->bytes, REQUEST_BYTES);

	if (r)
		return r;
	text.data[text.len] = 0;
	r = find_expressions(&text, q->len, &a);
	if (!r)
		r = compile_in_child(&c, &a, (enum compile_how)q->how, data_bytes);
	free(a.items);
	const struct answer answer = {r, c.status, c.cpu_s, c.said.len};
	r = file_write_all(fd, &answer, sizeof(answer));
	return r ? r : file_write_all(fd, c.said.data, c.said.len);
}

void compile_serve(int fd, uint64_t data_bytes) {
	struct request q;
	int r = 0;

	while (!r) {
		r = file_read_exactly(fd, &q, sizeof(q));
		if (!r)
			r = serve_one(fd, &q, data_bytes);
	}
}
