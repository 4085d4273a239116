/* SPDX-License-Identifier: MIT */
#include "detect/compile.h"

#include "base/cleanup.h"
#include "base/usage.h"
#include "detect/anchor.h"
#include "detect/compile_child.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define NS_PER_S 1e9

/* NULL: none is meant. */
static const struct anchor *anchor_at(const struct anchors *a, int32_t expression) {
	return expression >= 0 && (size_t)expression < a->len ? &a->items[expression] : NULL;
}

/* fd: of a process that makes the child; NULL: we do. */
static int run(const int *fd, struct compile_outcome *ret, const struct anchors *a, enum compile_how how) {
	return fd ? compile_elsewhere(ret, *fd, a, how) : compile_in_child(ret, a, how, usage_memory().data_bytes);
}

static bool was_too_slow(const struct compile_outcome *c) {
	return WIFSIGNALED(c->status) && c->cpu_s > COMPILE_CPU_SECONDS - 1;
}

/* The one that took the most of the child's time, or that was its last. */
static const struct anchor *most_costly(const struct anchors *a, const struct compile_outcome *c) {
	const struct compile_word *words = (const void *)c->said.data;
	size_t len = c->said.len / sizeof(*words), most = 0;
	double seconds = -1;

	if (!len)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		double end = i + 1 < len ? (double)words[i + 1].cpu_ns / NS_PER_S : c->cpu_s;
		double took = end - (double)words[i].cpu_ns / NS_PER_S;

		if (took > seconds || (!was_too_slow(c) && i + 1 == len)) {
			seconds = took;
			most = i;
		}
	}
	return words[len - 1].expression < 0 ? NULL : anchor_at(a, words[most].expression);
}

static int complain_of_limit(const int *fd, const struct anchors *a, bool time, struct diags *diags) {
	_cleanup_(compile_outcome_release) struct compile_outcome c = {0};
	const struct anchor *most = a->len == 1 ? a->items : NULL;
	int r = most ? 0 : run(fd, &c, a, COMPILE_ONE_BY_ONE);
	char what[64];

	if (!most && !r)
		most = most_costly(a, &c);
	snprintf(what, sizeof(what), time ? "%d seconds of CPU time" : "%d MiB of memory",
	         time ? COMPILE_CPU_SECONDS : (int)(COMPILE_MEMORY_BYTES >> 20));
	if (most)
		diags_add(diags, most->file, most->line, 0,
		          "the rules do not compile with %s, most of which the anchor `%s` takes: let it repeat less, and hold "
		          "more that is fixed",
		          what, most->expression);
	else
		diags_say(diags, "the rules do not compile with %s, though each one does: use fewer (`--only`)", what);
	return r == -ENOMEM ? r : -EINVAL;
}

static int complain(const int *fd, const struct anchors *a, const struct compile_word *word, const char *message,
                    struct diags *diags) {
	const struct anchor *anchor = anchor_at(a, word->expression);

	if (!anchor)
		return complain_of_limit(fd, a, false, diags);
	diags_add(diags, anchor->file, anchor->line, 0, "anchor `%s` does not compile: %s", anchor->expression, message);
	return -EINVAL;
}

int compile_anchors(struct buf *ret, const struct anchors *a, const int *fd, struct diags *ret_diags) {
	_cleanup_(compile_outcome_release) struct compile_outcome c = {0};
	struct compile_word word;
	int r = run(fd, &c, a, COMPILE_TOGETHER);

	if (r == -EPIPE)
		diags_say(ret_diags, "the process that compiles rules has gone: start the agent again");
	if (r)
		return r == -EPIPE ? -EINVAL : r;
	if (c.said.len < sizeof(word))
		return complain_of_limit(fd, a, was_too_slow(&c), ret_diags);
	memcpy(&word, c.said.data, sizeof(word));
	buf_drop(&c.said, sizeof(word));
	if (word.status != HS_SUCCESS)
		return buf_append(&c.said, "", 1) ? -ENOMEM : complain(fd, a, &word, c.said.data, ret_diags);
	*ret = c.said;
	c.said = (struct buf){0};
	return 0;
}
