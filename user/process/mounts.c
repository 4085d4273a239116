/* SPDX-License-Identifier: MIT */
#include "process/mounts.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNTINFO_BYTES_MAX (4 * 1024 * 1024)
#define FRESH_NS (1000 * 1000 * 1000ull) /* mounts come and go */

/* "\040" -> " ", in place: so the kernel writes blanks, tabs, newlines and backslashes. */
static char *unescape(char *text) {
	char *to = text;
	for (const char *from = text; *from; to++) {
		bool octal = from[0] == '\\' && strspn(from + 1, "01234567") >= 3;
		*to = octal ? (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0')) : *from;
		from += octal ? 4 : 1;
	}
	*to = 0;
	return text;
}

/* "36 35 98:0 /root /where rw,noatime master:1 - ext3 /dev/sda1 rw,upperdir=..." */
static bool parse_line(char *line, struct mount_point *ret) {
	char *fields[5], *more = line, *tail = strstr(line, " - ");
	for (size_t i = 0; i < 5; i++)
		if (!(fields[i] = strsep(&more, " ")) || !more)
			return false;
	if (!tail || tail < more)
		return false;
	char *upper = strncmp(tail, " - overlay ", 11) ? NULL : strstr(tail, ",upperdir=");
	*ret = (struct mount_point){.root = unescape(fields[3]), .path = unescape(fields[4])};
	if (upper) {
		ret->upper = upper + strlen(",upperdir=");
		ret->upper[strcspn(ret->upper, ",")] = 0;
		unescape(ret->upper);
	}
	return snprintf(ret->device, sizeof(ret->device), "%s", fields[2]) < (int)sizeof(ret->device);
}

static int mount_copy(struct mount_point *ret, const struct mount_point *from) {
	*ret = *from;
	ret->root = strdup(from->root);
	ret->path = strdup(from->path);
	ret->upper = from->upper ? strdup(from->upper) : NULL;
	return ret->root && ret->path && !from->upper == !ret->upper ? 0 : -ENOMEM;
}

int mounts_parse(struct mounts *ret, char *text) {
	_cleanup_(mounts_release) struct mounts m = {0};
	struct mount_point point;
	for (char *line; (line = strsep(&text, "\n"));) {
		if (!parse_line(line, &point))
			continue;
		struct mount_point *items = reallocarray(m.items, m.len + 1, sizeof(*items));
		if (!items)
			return -ENOMEM;
		m.items = items;
		if (mount_copy(&items[m.len++], &point))
			return -ENOMEM;
	}
	*ret = m;
	m = (struct mounts){0};
	return 0;
}

void mounts_release(struct mounts *m) {
	for (size_t i = 0; i < m->len; i++) {
		free(m->items[i].root);
		free(m->items[i].path);
		free(m->items[i].upper);
	}
	free(m->items);
	*m = (struct mounts){0};
}

/* What of a path lies below a folder, "" or "/..."; NULL: it does not. */
static const char *below(const char *path, const char *folder) {
	size_t len = strcmp(folder, "/") ? strlen(folder) : 0;
	return !strncmp(path, folder, len) && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

/* The last one mounted at the deepest place. */
static const struct mount_point *mount_of(const struct mounts *m, const char *path) {
	const struct mount_point *best = NULL;
	for (size_t i = 0; i < m->len; i++)
		if (below(path, m->items[i].path) && (!best || below(m->items[i].path, best->path)))
			best = &m->items[i];
	return best;
}

static char *join(const char *folder, const char *rest) {
	char *path;
	return asprintf(&path, "%s%s", strcmp(folder, "/") || !*rest ? folder : "", rest) < 0 ? NULL : path;
}

char *mounts_translate(const struct mounts *from, const struct mounts *to, const char *path) {
	const struct mount_point *inside = mount_of(from, path);
	if (!inside)
		return NULL;
	_cleanup_free_ char *in_file_system = join(inside->root, below(path, inside->path));
	if (!in_file_system)
		return NULL;
	for (size_t i = 0; i < to->len; i++) {
		const struct mount_point *outside = &to->items[i];
		const char *rest = strcmp(outside->device, inside->device) ? NULL : below(in_file_system, outside->root);
		if (rest)
			return join(outside->path, rest);
	}
	return inside->upper ? join(inside->upper, in_file_system) : NULL;
}

void mounts_cache_release(struct mounts_cache *c) {
	mounts_release(&c->host.mounts);
	for (size_t i = 0; i < MOUNTS_KNOWN; i++)
		mounts_release(&c->known[i].mounts);
}

/* 0 when it cannot be known. */
static uint64_t namespace_of(pid_t pid) {
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	return stat(path, &st) ? 0 : st.st_ino;
}

static bool refresh(struct mounts_namespace *n, uint64_t ino, pid_t pid, uint64_t now_ns) {
	_cleanup_(buf_release) struct buf text = {0};
	struct mounts mounts;
	char path[64];
	if (n->ino == ino && n->mounts.len && now_ns < n->read_ns + FRESH_NS)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	if (file_read(path, MOUNTINFO_BYTES_MAX, &text) || buf_append(&text, "", 1) || mounts_parse(&mounts, text.data))
		return false;
	mounts_release(&n->mounts);
	*n = (struct mounts_namespace){ino, now_ns, mounts};
	return true;
}

static struct mounts_namespace *slot_of(struct mounts_cache *c, uint64_t ino) {
	for (size_t i = 0; i < MOUNTS_KNOWN; i++)
		if (c->known[i].ino == ino)
			return &c->known[i];
	return &c->known[c->next++ % MOUNTS_KNOWN];
}

/* The host's namespace is that of its first process, where we may look, since we may run in another. */
static bool find_host(struct mounts_cache *c) {
	if (!c->host_pid) {
		c->host.ino = namespace_of(1);
		c->host_pid = c->host.ino ? 1 : getpid();
		if (!c->host.ino)
			c->host.ino = namespace_of(c->host_pid);
	}
	return c->host.ino;
}

static uint64_t namespace_of_writer(struct mounts_cache *c, pid_t pid, uint64_t now_ns) {
	if (c->last_pid != pid || now_ns >= c->last_ns + FRESH_NS) {
		c->last_ino = namespace_of(pid);
		c->last_pid = pid;
		c->last_ns = now_ns;
	}
	return c->last_ino;
}

char *mounts_host_path(struct mounts_cache *c, pid_t pid, const char *path, uint64_t now_ns) {
	uint64_t ino = find_host(c) ? namespace_of_writer(c, pid, now_ns) : 0;
	if (!ino || ino == c->host.ino || !refresh(&c->host, c->host.ino, c->host_pid, now_ns))
		return NULL;
	struct mounts_namespace *n = slot_of(c, ino);
	if (!refresh(n, ino, pid, now_ns))
		return NULL;
	char *found = mounts_translate(&n->mounts, &c->host.mounts, path);
	if (found && strcmp(found, path))
		return found;
	free(found);
	return NULL;
}
