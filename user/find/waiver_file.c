/* SPDX-License-Identifier: MIT */
/* One waiver more in a file that people write: by text, so that their comments and their order stay. */
#include "find/waiver.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (16 * 1024 * 1024)

/* In double quotes any text is a YAML scalar. */
static int append_quoted(struct buf *out, const char *name, const char *text) {
	int r = buf_printf(out, "%s: \"", name);
	for (const unsigned char *c = (const unsigned char *)text; *c && !r; c++) {
		if (*c == '"' || *c == '\\')
			r = buf_printf(out, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f)
			r = buf_printf(out, "\\x%02x", *c);
		else
			r = buf_append(out, c, 1);
	}
	return r ? r : buf_append(out, "\"\n", 2);
}

/* Of the list's entries in the text; 2 if there is none. */
static size_t indent_of(const struct buf *text) {
	for (size_t start = 0; start < text->len;) {
		const char *line = text->data + start, *end = memchr(line, '\n', text->len - start);
		size_t len = end ? (size_t)(end - line) : text->len - start, spaces = 0;
		while (spaces < len && line[spaces] == ' ')
			spaces++;
		if (spaces < len && line[spaces] == '-')
			return spaces;
		start += len + 1;
	}
	return 2;
}

/* "waivers: []", to which nothing can be added below: a list with nothing in it is one all the same. */
static void open_empty_list(struct buf *text) {
	static const char key[] = "waivers:";
	const char *list = memmem(text->data, text->len, key, strlen(key));
	if (!list)
		return;
	size_t start = (size_t)(list - text->data) + strlen(key), at = start;
	while (at < text->len && text->data[at] == ' ')
		at++;
	if (text->len - at < 2 || memcmp(text->data + at, "[]", 2) != 0)
		return;
	memmove(text->data + start, text->data + at + 2, text->len - at - 2);
	text->len -= at + 2 - start;
}

static int append_entry(struct buf *text, const struct waiver *w) {
	int indent = (int)indent_of(text);
	int r = text->len && text->data[text->len - 1] != '\n' ? buf_append(text, "\n", 1) : 0;
	if (!r && !text->len)
		r = buf_printf(text,
		               "# Findings that an owner has accepted until a day. Expired ones count again.\nwaivers:\n");
	if (!r)
		r = buf_printf(text, "%*s- finding: \"%s\"\n%*s", indent, "", w->finding, indent + 2, "");
	if (!r)
		r = append_quoted(text, "owner", w->owner);
	if (!r)
		r = buf_printf(text, "%*s", indent + 2, "");
	if (!r)
		r = append_quoted(text, "reason", w->reason);
	return r ? r : buf_printf(text, "%*suntil: \"%s\"\n", indent + 2, "", w->until);
}

/* Before it takes the old one's place, the new file is read as any reader would. */
static int check_written(const char *temporary, size_t want, uint64_t now_ns, const char *file,
                         struct diags *ret_diags) {
	_cleanup_(waivers_freep) struct waivers *w = NULL;
	_cleanup_(diags_release) struct diags diags = {0};
	int r = waivers_load(&w, temporary, now_ns, &diags);
	if (r == -ENOMEM)
		return r;
	if (!r && w->len == want)
		return 0;
	if (diags.len)
		diags_say(ret_diags, "this waiver cannot be added to %s: %s", file, diags.items[diags.len - 1].text);
	else
		diags_say(ret_diags, "%s is not written one waiver below the other (\"- finding: ...\"): add this one by hand",
		          file);
	return -EINVAL;
}

static int replace(const char *file, const struct buf *text, mode_t mode, size_t want, uint64_t now_ns,
                   struct diags *ret_diags) {
	_cleanup_free_ char *temporary = NULL;
	if (asprintf(&temporary, "%s.new", file) < 0)
		return -ENOMEM;
	int r = file_write_atomic(temporary, text->data, text->len, mode);
	if (r)
		return r;
	r = check_written(temporary, want, now_ns, file, ret_diags);
	if (!r && rename(temporary, file) < 0)
		r = -errno;
	if (r)
		unlink(temporary);
	return r;
}

/* Writers wait for each other on the folder, since the file itself is replaced. */
static int lock_folder(const char *file) {
	_cleanup_free_ char *folder = strdup(file);
	if (!folder)
		return -ENOMEM;
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX) < 0) {
		int r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static int append_locked(const char *file, const struct waiver *w, uint64_t now_ns, struct diags *ret_diags) {
	_cleanup_(waivers_freep) struct waivers *before = NULL;
	_cleanup_(buf_release) struct buf text = {0};
	struct stat st = {.st_mode = 0644};
	bool exists = stat(file, &st) == 0;
	int r = exists ? file_read(file, FILE_BYTES_MAX, &text) : errno == ENOENT ? 0 : -errno;
	if (!r && text.len)
		r = waivers_load(&before, file, now_ns, ret_diags);
	if (!r && before && !before->len)
		open_empty_list(&text);
	if (!r)
		r = append_entry(&text, w);
	return r ? r : replace(file, &text, st.st_mode & 0777, (before ? before->len : 0) + 1, now_ns, ret_diags);
}

int waivers_append(const char *file, const struct waiver *w, uint64_t now_ns, struct diags *ret_diags) {
	size_t known = ret_diags->len;
	int lock = lock_folder(file);
	int r = lock < 0 ? lock : append_locked(file, w, now_ns, ret_diags);
	if (lock >= 0)
		close(lock);
	if (r < 0 && ret_diags->len == known)
		diags_say(ret_diags, "cannot write the waiver to %s: %s", file, strerror(-r));
	return r;
}
