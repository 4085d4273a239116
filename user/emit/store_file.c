/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define BUSY_MS 2000
#define WAL_BYTES_MAX (4 << 20)
#define HEADER_SIZE 72
#define HEADER_VERSIONS 18    /* of the format, to write and to read: SQLite knows 1 and 2 */
#define HEADER_APPLICATION 68 /* big endian */

/* What lies at the path. */
enum kind { KIND_NONE, KIND_OURS, KIND_DAMAGED, KIND_FOREIGN };

static int refuse(struct diags *diags, const char *path, int error, const char *what) {
	diags_add(diags, path, 0, 0, "%s: %s", what, strerror(-error));
	return error;
}

#define PARTS_OF_SQLITE 4
static const char *const parts[] = {"", "-wal", "-shm", "-journal", ".lock"};

/* One that has other names may be a third one's, to which somebody has given ours. */
static int refuse_links(const char *path) {
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		_cleanup_free_ char *part = NULL;
		struct stat st;
		if (asprintf(&part, "%s%s", path, parts[i]) < 0)
			return -ENOMEM;
		if (!lstat(part, &st) && (S_ISLNK(st.st_mode) || st.st_nlink > 1))
			return S_ISLNK(st.st_mode) ? -ELOOP : -EMLINK;
	}
	return 0;
}

/* Made before SQLite could make it, which would let the group and others read it, and its companions with it. One that
 * an agent has left, which was somebody else by then, root can open but perhaps not chmod: in a container. */
static int make_private(const char *path) {
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return (st.st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0 ? -errno : 0;
}

/* The file stays open as long as the store: SQLite's own locks are given up with any descriptor of the same file that
 * this process closes, so they cannot be used for this. */
static int lock(struct store *s, struct diags *diags) {
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s.lock", s->path) < 0)
		return -ENOMEM;
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return refuse(diags, path, -errno, "cannot be made");
	if (!flock(s->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	diags_add(diags, s->path, 0, 0,
	          "another agent writes to it: stop that one, or give this one a state directory of "
	          "its own");
	return -EBUSY;
}

static int look_at(const char *path, enum kind *ret) {
	unsigned char header[HEADER_SIZE];
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*ret = KIND_NONE;
		return 0;
	}
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	ssize_t n = S_ISREG(st.st_mode) ? read(fd, header, sizeof(header)) : -1;
	if (n < 0) {
		*ret = KIND_FOREIGN;
	} else if (!n) {
		*ret = KIND_NONE;
	} else if (n < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) || header[HEADER_VERSIONS] > 2 ||
	           header[HEADER_VERSIONS + 1] > 2) {
		*ret = KIND_DAMAGED;
	} else {
		const unsigned char *a = header + HEADER_APPLICATION;
		uint32_t application = (uint32_t)a[0] << 24 | (uint32_t)a[1] << 16 | (uint32_t)a[2] << 8 | a[3];
		*ret = application == STORE_APPLICATION || !application ? KIND_OURS : KIND_FOREIGN;
	}
	return 0;
}

static int set_pragmas(struct store *s) {
	char limit[128];
	snprintf(limit, sizeof(limit), "PRAGMA max_page_count = %llu; PRAGMA journal_size_limit = %d",
	         (unsigned long long)(s->max_bytes / 4096), WAL_BYTES_MAX);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	/* auto_vacuum and page_size count before the first table is made. synchronous: a killed process loses nothing, a
	 * machine without power the latest transactions, and neither harms the file. */
	int r = store_exec(s, "PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
	                      "PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
	                      "PRAGMA cache_size = -2000");
	return r ? r : store_exec(s, limit);
}

static int set_application(struct store *s) {
	char pragma[64];
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d", STORE_APPLICATION);
	return store_exec(s, pragma);
}

static int check(struct store *s) {
	sqlite3_stmt *statement;
	int r = store_bind(s, &statement, "PRAGMA integrity_check(1)", "");
	if (!r)
		r = store_step(statement);
	bool sound = r > 0 && !strcmp(store_text(statement, 0), "ok");
	if (!r || r > 0)
		sqlite3_reset(statement);
	return r < 0 ? r : sound ? 0 : -EBADMSG;
}

static int check_format(struct store *s, struct diags *diags) {
	int64_t format;
	int r = store_get(s, &format, "PRAGMA user_version", "");
	if (r || format <= STORE_FORMAT)
		return r ? r : format < 0 ? -EBADMSG : 0;
	diags_add(
	    diags, s->path, 0, 0,
	    "was written by a newer logspill (format %lld, this one knows %d): install that one, or move the file away",
	    (long long)format, STORE_FORMAT);
	return -EPROTONOSUPPORT;
}

static void close_file(struct store *s) {
	store_finalize(s);
	sqlite3_close(s->db);
	s->db = NULL;
}

/* SQLite's NOFOLLOW is of the whole path. The file may be no link, its folder may: under systemd that of a DynamicUser
 * is one. */
static int open_db(struct store *s) {
	_cleanup_free_ char *folder = file_folder(s->path);
	_cleanup_free_ char *real = folder ? realpath(folder, NULL) : NULL;
	if (!real)
		return folder ? -errno : -ENOMEM;
	_cleanup_free_ char *path = text_format("%s/%s", real, basename(s->path));
	if (!path)
		return -ENOMEM;
	return store_errno(
	    sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL));
}

static int open_file(struct store *s, struct diags *diags) {
	int r = make_private(s->path);
	if (!r)
		r = open_db(s);
	if (!r)
		r = check_format(s, diags);
	if (!r)
		r = set_pragmas(s);
	if (!r)
		r = check(s);
	if (!r)
		r = store_migrate(s);
	if (!r)
		r = set_application(s);
	/* SQLite finds a table sound whose words have been damaged: what cannot be begun in it is damaged all the same. */
	if (!r)
		r = store_start(s, clock_realtime_ns());
	if (r)
		close_file(s);
	return r;
}

/* With what belongs to it; where it lies then is said and kept. */
static int set_aside(struct store *s, struct diags *diags, char **ret_name) {
	char time[40];
	clock_rfc3339(time, sizeof(time), clock_realtime_ns());
	for (size_t i = 0; i < PARTS_OF_SQLITE; i++) {
		_cleanup_free_ char *from = NULL, *to = NULL;
		if (asprintf(&from, "%s%s", s->path, parts[i]) < 0 ||
		    asprintf(&to, "%s.damaged-%.19sZ%s", s->path, time, parts[i]) < 0)
			return -ENOMEM;
		if (rename(from, to) && !(i && errno == ENOENT))
			return refuse(diags, from, -errno, "is damaged, and cannot be set aside");
		if (!i)
			*ret_name = take(to);
	}
	diags_add(diags, s->path, 0, 0, "was damaged: it was set aside as %s, and a new one begun", *ret_name);
	return 0;
}

static int open_anew(struct store *s, struct diags *diags) {
	_cleanup_free_ char *aside = NULL, *text = NULL;
	int r = set_aside(s, diags, &aside);
	if (!r)
		r = open_file(s, diags);
	if (r)
		return r;
	if (asprintf(&text, "the store was damaged: it was set aside as %s", aside) < 0)
		return -ENOMEM;
	return store_note_locked(s, STORE_DAMAGED, clock_realtime_ns(), 0, text);
}

int store_file_open(struct store *s, struct diags *diags) {
	enum kind kind;
	size_t said = diags->len;
	close_file(s);
	int r = refuse_links(s->path);
	if (!r && s->lock_fd < 0)
		r = lock(s, diags);
	if (!r)
		r = look_at(s->path, &kind);
	if (r)
		return diags->len > said ? r : refuse(diags, s->path, r, "cannot be opened");
	if (kind == KIND_FOREIGN) {
		diags_add(diags, s->path, 0, 0, "is something else, which is left alone: name another state directory");
		return -EEXIST;
	}
	r = kind == KIND_DAMAGED ? -EBADMSG : open_file(s, diags);
	if (r == -EBADMSG)
		r = open_anew(s, diags);
	return r && diags->len == said ? refuse(diags, s->path, r, "cannot be opened") : r;
}

bool store_file_is_there(struct store *s) {
	int moved = 0;
	return !sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) && !moved;
}

static int open_reading(struct store **ret, const char *path, struct diags *diags) {
	_cleanup_(store_closep) struct store *s = NULL;
	int r = store_alloc(&s, path);
	if (r)
		return r;
	s->reading = true;
	r = store_errno(sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL));
	if (!r) {
		sqlite3_busy_timeout(s->db, BUSY_MS);
		r = check_format(s, diags);
	}
	if (r == -EPROTONOSUPPORT)
		return r;
	if (r)
		return refuse(diags, path, r, "cannot be read");
	*ret = take(s);
	return 0;
}

int store_reader(struct store **ret, struct store *s, struct diags *ret_diags) {
	return open_reading(ret, s->path, ret_diags);
}

int store_open_reading(struct store **ret, const char *path, struct diags *ret_diags) {
	enum kind kind;
	int r = look_at(path, &kind);
	if (!r && kind == KIND_NONE) {
		diags_add(ret_diags, path, 0, 0,
		          "is not there: an agent makes it (logspill agent); --store FILE names another");
		return -ENOENT;
	}
	if (r)
		return refuse(ret_diags, path, r, "cannot be read");
	if (kind != KIND_OURS) {
		diags_add(ret_diags, path, 0, 0, "is no store of an agent, or is damaged");
		return -EBADMSG;
	}
	return open_reading(ret, path, ret_diags);
}
