/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

#define KEEP_NS (90 * 24 * 60 * STORE_MINUTE_NS)
#define BYTES_MAX (256ull << 20)

static const char *const event_names[STORE_EVENT_KINDS] = {
    [STORE_START] = "start",     [STORE_STOP] = "stop",     [STORE_GAP] = "gap",       [STORE_STALL] = "stall",
    [STORE_CLOCK] = "clock",     [STORE_CONFIG] = "config", [STORE_RULES] = "rules",   [STORE_WAIVER] = "waiver",
    [STORE_PROBE] = "probe",     [STORE_BLIND] = "blind",   [STORE_UNREAD] = "unread", [STORE_DAMAGED] = "damaged",
    [STORE_TRIMMED] = "trimmed",
};

const char *store_event_name(enum store_event_kind kind) {
	return event_names[kind];
}

int store_alloc(struct store **ret, const char *path) {
	struct store *s = calloc(1, sizeof(*s));
	char *copy = s ? strdup(path) : NULL;
	if (!copy) {
		free(s);
		return -ENOMEM;
	}
	s->path = copy;
	s->lock_fd = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->counters_lock, NULL);
	*ret = s;
	return 0;
}

uint64_t store_was_away_ns(const struct store *s) {
	return s->away_ns;
}

/* The row of this run, and a gap if the one before ended without a word. */
static int start_run(struct store *s, uint64_t now_ns) {
	int64_t alive;
	int r = store_get(s, &alive, "SELECT alive_ns FROM runs WHERE stopped_ns IS NULL ORDER BY run DESC LIMIT 1", "");
	if (!r) {
		r = store_note_locked(s, STORE_GAP, (uint64_t)alive, now_ns,
		                      "the agent ended without a word: nothing was watched");
		if (!r)
			r = store_run(s, "UPDATE runs SET stopped_ns = alive_ns WHERE stopped_ns IS NULL", "");
	}
	if (r && r != -ENOENT)
		return r;
	struct utsname system;
	uname(&system);
	r = store_run(s, "INSERT INTO runs (started_ns, alive_ns, version, host) VALUES (?1, ?1, ?2, ?3)", "itt", now_ns,
	              s->version, system.nodename);
	if (r)
		return r;
	s->run = sqlite3_last_insert_rowid(s->db);
	return store_note_locked(s, STORE_START, now_ns, 0, s->version);
}

int store_start(struct store *s, uint64_t now_ns) {
	int64_t outgoing = 0, ended = 0;
	int r = store_begin(s);
	if (r)
		return r;
	r = store_get(s, &outgoing, "SELECT count(*) FROM outgoing", "");
	if (!r)
		r = store_get(s, &ended, "SELECT coalesce(max(coalesce(stopped_ns, alive_ns)), 0) FROM runs", "");
	s->away_ns = ended && now_ns > (uint64_t)ended ? now_ns - (uint64_t)ended : 0;
	if (!r)
		r = start_run(s, now_ns);
	r = store_end(s, r);
	if (!r)
		s->outgoing = (uint64_t)outgoing;
	return r;
}

int store_open(struct store **ret, const struct store_options *o, struct diags *ret_diags) {
	_cleanup_(store_closep) struct store *s = NULL;
	int r = store_alloc(&s, o->path);
	if (r)
		return r;
	s->version = strdup(o->version);
	s->keep_ns = o->keep_ns ? o->keep_ns : KEEP_NS;
	s->max_bytes = o->max_bytes ? o->max_bytes : BYTES_MAX;
	if (!s->version)
		return -ENOMEM;
	r = store_file_open(s, ret_diags);
	if (r)
		return r;
	*ret = take(s);
	return 0;
}

static void end_run(struct store *s, uint64_t now_ns) {
	int r = store_begin(s);
	if (r)
		return;
	r = store_run(s, "UPDATE runs SET stopped_ns = max(alive_ns, ?1) WHERE run = ?2", "ii", now_ns, s->run);
	if (!r)
		r = store_note_locked(s, STORE_STOP, now_ns, 0, s->version);
	(void)store_end(s, r); /* then the next start finds a gap */
}

void store_close(struct store *s) {
	if (!s)
		return;
	if (s->run)
		end_run(s, clock_realtime_ns());
	store_finalize(s);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	snapshot_drop(s->last);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->counters_lock);
	free(s->version);
	free(s->path);
	free(s);
}

int store_note_locked(struct store *s, enum store_event_kind kind, uint64_t from_ns, uint64_t until_ns,
                      const char *text) {
	return store_run(s, "INSERT INTO events (from_ns, until_ns, kind, text) VALUES (?1, ?2, ?3, ?4)", "iitt", from_ns,
	                 until_ns, event_names[kind], text);
}

int store_note(struct store *s, enum store_event_kind kind, uint64_t from_ns, uint64_t until_ns, const char *fmt, ...) {
	_cleanup_free_ char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	STORE_LOCKED(s);
	return store_note_locked(s, kind, from_ns, until_ns, text);
}

static int delete_before(struct store *s, uint64_t before_ns) {
	int64_t before_s = (int64_t)(before_ns / 1000000000);
	int r = store_run(s, "DELETE FROM minutes WHERE minute_s < ?1", "i", before_s);
	if (!r)
		r = store_run(s, "DELETE FROM losses WHERE minute_s < ?1", "i", before_s);
	if (!r)
		r = store_run(s, "DELETE FROM matches WHERE minute_s < ?1", "i", before_s);
	if (!r)
		r = store_run(s, "DELETE FROM findings WHERE last_seen_ns < ?1", "i", before_ns);
	if (!r)
		r = store_run(s, "DELETE FROM events WHERE from_ns < ?1 AND until_ns < ?1", "i", before_ns);
	return r ? r : store_run(s, "DELETE FROM runs WHERE stopped_ns < ?1", "i", before_ns);
}

static int used_bytes(struct store *s, uint64_t *ret) {
	int64_t pages, free_pages;
	int r = store_get(s, &pages, "PRAGMA page_count", "");
	if (!r)
		r = store_get(s, &free_pages, "PRAGMA freelist_count", "");
	if (!r)
		*ret = (uint64_t)(pages - free_pages) * 4096;
	return r;
}

static int oldest(struct store *s, uint64_t *ret_ns) {
	int64_t first;
	int r = store_get(s, &first,
	                  "SELECT min(t) FROM (SELECT min(minute_s) * 1000000000 AS t FROM minutes UNION ALL"
	                  " SELECT min(last_seen_ns) FROM findings UNION ALL SELECT min(from_ns) FROM events)",
	                  "");
	if (!r)
		*ret_ns = (uint64_t)first;
	return r;
}

/* A tenth of the time that is kept makes way, until a tenth of the room is free. */
static int make_room(struct store *s, uint64_t now_ns, uint64_t *ret_until_ns) {
	uint64_t used, first = 0;
	int r = used_bytes(s, &used);
	for (int round = 0; !r && used > s->max_bytes / 10 * 9 && round < 100; round++) {
		r = oldest(s, &first);
		if (r || first >= now_ns)
			break;
		*ret_until_ns = first + (now_ns - first) / 10 + STORE_MINUTE_NS;
		r = delete_before(s, *ret_until_ns);
		if (!r)
			r = used_bytes(s, &used);
	}
	return r;
}

static int trim(struct store *s, uint64_t now_ns) {
	uint64_t until_ns = 0;
	int r = now_ns > s->keep_ns ? delete_before(s, now_ns - s->keep_ns) : 0;
	if (!r)
		r = make_room(s, now_ns, &until_ns);
	if (!r && until_ns)
		r = store_note_locked(s, STORE_TRIMMED, now_ns, 0, "the file was full: the oldest rows were deleted");
	return r;
}

int store_trim_locked(struct store *s, uint64_t now_ns) {
	int r = store_begin(s);
	if (!r)
		r = store_end(s, trim(s, now_ns));
	return r ? r : store_run(s, "PRAGMA incremental_vacuum(1000)", "");
}

int store_trim(struct store *s, uint64_t now_ns) {
	STORE_LOCKED(s);
	return store_trim_locked(s, now_ns);
}

void store_counters(struct store *s, struct store_counters *ret) {
	pthread_mutex_lock(&s->counters_lock);
	*ret = s->counters;
	pthread_mutex_unlock(&s->counters_lock);
}
