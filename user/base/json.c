/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/buf.h"
#include "base/cleanup.h"

struct text {
	struct buf buf;
	int error; /* the first: json_dump_callback() goes on behind some */
};

static void text_release(struct text *t) {
	buf_release(&t->buf);
}

static int append(const char *bytes, size_t len, void *arg) {
	struct text *t = arg;
	if (!t->error)
		t->error = buf_append(&t->buf, bytes, len);
	return t->error;
}

char *json_encode(const json_t *value, size_t flags) {
	_cleanup_(text_release) struct text t = {0};
	if (json_dump_callback(value, append, &t, flags) || t.error || buf_append(&t.buf, "", 1))
		return NULL;
	return take(t.buf.data);
}
