/* SPDX-License-Identifier: MIT */
/* Which code, in one line. */
#include "find/find.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>

#define FRAMES_SHOWN 4

/* Without the offset into the function, which says little beside a line, and without the build id:
 * "main+0x1f app.c:9" -> "main app.c:9", "app+0x11da [0b776e...]" -> "app+0x11da". */
static int append_frame(struct buf *out, const char *frame) {
	const char *offset = strstr(frame, "+0x"), *rest = offset ? strchr(offset, ' ') : NULL;
	bool has_build_id = rest && rest[1] == '[', has_line = rest && !has_build_id && strrchr(rest, ':');
	size_t name = has_line ? (size_t)(offset - frame) : has_build_id ? (size_t)(rest - frame) : strlen(frame);
	_cleanup_free_ char *shown = text_visible(frame, name), *line = has_line ? text_visible(rest, strlen(rest)) : NULL;
	if (!shown || (has_line && !line))
		return -1;
	return buf_printf(out, "%s%s", shown, line ? line : "");
}

static int append_about(struct buf *out, const struct finding_origin *o) {
	_cleanup_free_ char *thread = text_visible(o->thread, strlen(o->thread));
	if (!thread)
		return -1;
	return *o->runtime ? buf_printf(out, " (%s, thread %s)", o->runtime, thread) : 0;
}

int finding_origin_text(struct buf *out, const struct finding_origin *o) {
	size_t from = o->own < o->frames_len ? o->own : 0;
	int r = 0;
	for (size_t i = from; i < o->frames_len && i < from + FRAMES_SHOWN && !r; i++) {
		if (i > from)
			r = buf_printf(out, " < ");
		if (!r)
			r = append_frame(out, o->frames[i]);
	}
	return r ? r : append_about(out, o);
}
