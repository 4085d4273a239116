/* SPDX-License-Identifier: MIT */
#include "origin/mapping.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

/* Only newlines are escaped, as \012. */
static void unescape(char *path) {
	char *to = path;
	for (const char *from = path; *from; to++) {
		bool escaped = !strncmp(from, "\\012", 4);
		*to = escaped ? '\n' : *from;
		from += escaped ? 4 : 1;
	}
	*to = 0;
}

static bool cut_end(char *text, const char *end) {
	size_t len = strlen(text), end_len = strlen(end);
	if (len < end_len || strcmp(text + len - end_len, end))
		return false;
	text[len - end_len] = 0;
	return true;
}

/* "/var/log/a" -> "a", "log", "var": as the kernel side sends names. */
static void set_names(struct wire_sink *w, char *path) {
	for (char *slash; (slash = strrchr(path, '/')); *slash = 0) {
		size_t size = strlen(slash + 1) + 1;
		if (w->path_len + size > sizeof(w->path))
			break;
		memcpy(w->path + w->path_len, slash + 1, size);
		w->path_len += (uint32_t)size;
	}
}

/* "7f12c0000000-7f12c0002000 rw-s 00000000 fe:00 131 /var/log/a.log"; false when it is not such a mapping. */
static bool parse(char *line, struct wire_sink *ret, __u64 *ret_len) {
	unsigned long long start, end, ino;
	unsigned int dev_major, dev_minor;
	char flags[5];
	int path_at = 0;
	if (sscanf(line, "%llx-%llx %4s %*x %x:%x %llu %n", &start, &end, flags, &dev_major, &dev_minor, &ino, &path_at) <
	        6 ||
	    strcmp(flags + 1, "w-s") || line[path_at] != '/')
		return false;
	char *path = line + path_at;
	path[strcspn(path, "\n")] = 0;
	unescape(path);
	*ret_len = end - start;
	ret->kind = WIRE_SINK;
	ret->mode = S_IFREG;
	ret->flags = cut_end(path, " (deleted)") ? WIRE_SINK_F_DELETED : 0;
	ret->sink = (struct wire_sink_key){.ino = ino, .dev = dev_major << 20 | dev_minor};
	ret->fd = -1;
	ret->path_len = 0;
	set_names(ret, path);
	return true;
}

int mappings_each(pid_t pid, mapping_fn fn, void *arg) {
	char name[64];
	_cleanup_free_ char *line = NULL;
	_cleanup_free_ struct wire_sink *w = calloc(1, sizeof(*w));
	size_t size = 0;
	__u64 len;
	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	_cleanup_fclose_ FILE *maps = fopen(name, "re");
	int r = w ? 0 : -ENOMEM;
	while (!r && maps && getline(&line, &size, maps) > 0) {
		if (!parse(line, w, &len))
			continue;
		w->tgid = (uint32_t)pid;
		r = fn(arg, w, len);
	}
	return r;
}
