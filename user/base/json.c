/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <setjmp.h>
#include <string.h>

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

static _Thread_local jmp_buf *decoding; /* NULL: this thread does not */

static void *allocate(size_t size) {
	void *p = malloc(size);
	if (!p && decoding)
		longjmp(*decoding, 1);
	return p;
}

/* Before there is a second thread. */
__attribute__((constructor)) static void set_allocator(void) {
	json_set_alloc_funcs(allocate, free);
}

/*
 * The lexer of jansson 2.14 leaves out a character when its buffer cannot grow, and goes on: without a string's last
 * quote it copies what lies behind, without a number's end it aborts. So it is left at once. What it had by then is
 * lost: a leak for each time that memory runs out in here.
 */
int json_decode(const char *text, size_t len, size_t flags, json_t **ret) {
	jmp_buf out;
	if (setjmp(out)) {
		decoding = NULL;
		return -ENOMEM;
	}
	decoding = &out;
	json_t *value = json_loadb(text, len, flags, NULL);
	decoding = NULL;
	if (!value)
		return -EBADMSG;
	*ret = value;
	return 0;
}

json_t *json_text(const char *s) {
	_cleanup_free_ char *utf8 = text_utf8(s ? s : "", s ? strlen(s) : 0);
	return utf8 ? json_string(utf8) : NULL;
}

json_t *json_texts(char *const *texts, size_t len) {
	json_t *array = json_array();
	for (size_t i = 0; array && i < len; i++) {
		if (json_array_append_new(array, json_text(texts[i]))) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}
