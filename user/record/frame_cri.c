/* SPDX-License-Identifier: MIT */
/* Kubernetes' CRI logging format, KEP "cri-logging": tags are separated by ':', the first says P(artial) or F(ull). */
#include "record/frame.h"

#include <ctype.h>
#include <string.h>

#define TIME_MIN_BYTES 20 /* 2026-11-22T13:49:02Z */

static bool is_time(const char *s, size_t len) {
	return len >= TIME_MIN_BYTES && isdigit((unsigned char)s[0]) && s[4] == '-' && s[7] == '-' && s[10] == 'T' &&
	       s[13] == ':' && s[16] == ':';
}

/* The word at *p, which then stands behind the one space that ends it. */
static size_t word(const char **p, const char *end, const char **ret) {
	const char *space = memchr(*p, ' ', (size_t)(end - *p)), *stop = space ? space : end;

	*ret = *p;
	*p = space ? space + 1 : end;
	return (size_t)(stop - *ret);
}

bool frame_cri(const char *line, size_t len, struct frame *ret) {
	const char *p = line, *end = line + len, *w;
	struct frame f = {0};
	size_t n = word(&p, end, &w);

	if (!is_time(w, n))
		return false;
	n = word(&p, end, &w);
	if (n != 6 || (memcmp(w, "stdout", 6) && memcmp(w, "stderr", 6)))
		return false;
	f.part = w[3] == 'o' ? FRAME_STDOUT : FRAME_STDERR;
	n = word(&p, end, &w);
	if (!n || (w[0] != 'P' && w[0] != 'F') || (n > 1 && w[1] != ':' && w[1] != '\r'))
		return false;
	f.partial = w[0] == 'P';
	f.text = p;
	f.len = (size_t)(end - p);
	*ret = f;
	return true;
}
