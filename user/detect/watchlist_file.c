/* SPDX-License-Identifier: MIT */
#include "detect/watchlist_file.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/trust.h"
#include "detect/watchlist.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (64u << 20)
#define READ_BYTES (64u << 10)

static int refuse(struct diags *diags, const char *path, const char *why) {
	diags_add(diags, path, 0, 0, "%s", why);
	return -EINVAL;
}

/* A pipe is welcome: a list that never lies on disk. */
static int open_list(const char *path, struct diags *diags) {
	size_t said = diags->len;
	_cleanup_close_ int fd = trust_open(path, TRUST_ALWAYS, diags);
	struct stat st;

	if (fd < 0)
		return diags->len > said ? -EINVAL : refuse(diags, path, strerror(-fd));
	if (fstat(fd, &st))
		return refuse(diags, path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(diags, path, "is a directory, not a watch list");
	return take_fd(&fd);
}

static int read_list(int fd, const char *path, struct buf *ret, struct diags *diags) {
	for (;;) {
		if (buf_reserve(ret, ret->len + READ_BYTES))
			return -ENOMEM;
		ssize_t n = read(fd, ret->data + ret->len, READ_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return refuse(diags, path, strerror(errno));
		if (!n)
			return 0;
		ret->len += (size_t)n;
		if (ret->len > FILE_BYTES_MAX)
			return refuse(diags, path, "a watch list of more than 64 MiB");
	}
}

struct line {
	const char *s;
	size_t len, indent;
};

static bool is_blank(char c) {
	return c == ' ' || c == '\t' || c == '\r';
}

/* Without the blanks at its ends: nobody sees them, and with them a value would never be found. */
static struct line line_trim(const char *s, size_t len) {
	struct line l = {.s = s, .len = len};

	while (l.len && is_blank(l.s[l.len - 1]))
		l.len--;
	while (l.len && is_blank(*l.s)) {
		l.s++;
		l.len--;
		l.indent++;
	}
	return l;
}

/* What is wrong with the value; NULL: nothing. *ret_at: the byte of it that is meant. */
static const char *mistake_in(const struct line *l, size_t *ret_at) {
	const char *nul = memchr(l->s, 0, l->len);

	*ret_at = 0;
	if (nul) {
		*ret_at = (size_t)(nul - l->s);
		return "a NUL byte: a watch list is plain text, not UTF-16";
	}
	if (l->len < WATCHLIST_VALUE_MIN)
		return "a value of less than 5 bytes would be found everywhere";
	if (l->len <= WATCHLIST_VALUE_MAX)
		return NULL;
	*ret_at = WATCHLIST_VALUE_MAX;
	return "a value of more than 255 bytes";
}

int watchlist_file_read(const char *path, watchlist_value_fn fn, void *arg, struct diags *ret_diags) {
	_cleanup_(buf_release) struct buf text = {0};
	_cleanup_free_ char *shown = text_visible(path, strlen(path));
	_cleanup_close_ int fd = open_list(path, ret_diags);
	int err = fd < 0 ? fd : read_list(fd, path, &text, ret_diags);
	size_t at = !err && text.len >= 3 && !memcmp(text.data, "\xef\xbb\xbf", 3) ? 3 : 0;
	bool failed = false;

	for (int number = 1; !err && at < text.len; number++) {
		const char *start = text.data + at, *newline = memchr(start, '\n', text.len - at);
		size_t len = newline ? (size_t)(newline - start) : text.len - at, wrong_at;
		struct line l = line_trim(start, len);

		at += len + 1;
		if (!l.len || *l.s == '#')
			continue;
		const char *why = mistake_in(&l, &wrong_at);
		/* As plain words: with a place, the line itself would be printed below. */
		if (why)
			diags_say(ret_diags, "%s:%d:%zu: %s", shown ? shown : "?", number, l.indent + wrong_at + 1, why);
		failed |= why != NULL;
		err = why ? 0 : fn(arg, l.s, l.len);
	}
	return err ? err : failed ? -EINVAL : 0;
}
