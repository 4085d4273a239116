/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include "base/text.h"

#include <errno.h>
#include <string.h>

#define NS_PER_S 1000000000ll

/* Minutes that begin in the period, or that it begins in. */
static int64_t first_minute_s(uint64_t from_ns) {
	return (int64_t)(from_ns / STORE_MINUTE_NS * 60);
}
static int64_t end_minute_s(uint64_t to_ns) {
	return (int64_t)((to_ns + NS_PER_S - 1) / NS_PER_S);
}

static struct capture_loss amount(sqlite3_stmt *row, int column) {
	return (struct capture_loss){(uint64_t)sqlite3_column_int64(row, column),
	                             (uint64_t)sqlite3_column_int64(row, column + 1)};
}

static int find_loss(const char *name, enum wire_loss *ret) {
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		if (!strcmp(loss_name(i), name)) {
			*ret = i;
			return 0;
		}
	}
	return -EBADMSG;
}

/* Losses and matches of the target in the minutes from first to before end. */
static int add_losses(struct store *s, const char *target, int64_t first, int64_t end, struct store_amounts *a) {
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT reason, sum(bytes), sum(writes) FROM losses WHERE target = ?1 AND minute_s >= ?2"
	                   " AND minute_s < ?3 GROUP BY reason",
	                   "tii", target, first, end);
	if (r)
		return r;
	while ((r = store_step(row)) > 0) {
		enum wire_loss reason;
		r = find_loss(store_text(row, 0), &reason);
		if (r)
			break;
		a->lost[reason] = amount(row, 1);
	}
	sqlite3_reset(row);
	if (r)
		return r;
	int64_t matches = 0;
	r = store_get(
	    s, &matches,
	    "SELECT coalesce(sum(matches), 0) FROM matches WHERE target = ?1 AND minute_s >= ?2 AND minute_s < ?3", "tii",
	    target, first, end);
	a->matches = (uint64_t)matches;
	return r;
}

/* Rows of: target, first minute, number of minutes, the amounts. */
static int read_amounts(struct store *s, sqlite3_stmt *row, int64_t end, store_amounts_fn fn, void *arg) {
	int r;
	while ((r = store_step(row)) > 0) {
		_cleanup_free_ char *target = strdup(store_text(row, 0));
		int64_t first = sqlite3_column_int64(row, 1);
		struct store_amounts a = {
		    .minute_ns = (uint64_t)(first * NS_PER_S),
		    .minutes = (uint64_t)sqlite3_column_int64(row, 2),
		    .seen = amount(row, 3),
		    .scanned = amount(row, 5),
		    .records = (uint64_t)sqlite3_column_int64(row, 7),
		    .leaking_records = (uint64_t)sqlite3_column_int64(row, 8),
		};
		r = target ? add_losses(s, target, first, end ? end : first + 60, &a) : -ENOMEM;
		if (!r)
			r = fn(arg, target, &a);
		if (r)
			break;
	}
	sqlite3_reset(row);
	return r;
}

int store_read_targets(struct store *s, uint64_t from_ns, uint64_t to_ns, store_amounts_fn fn, void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT target, min(minute_s), count(*), sum(seen_bytes), sum(seen_writes), sum(scanned_bytes),"
	                   " sum(scanned_writes), sum(records), sum(leaking_records) FROM minutes"
	                   " WHERE minute_s >= ?1 AND minute_s < ?2 GROUP BY target ORDER BY target",
	                   "ii", first_minute_s(from_ns), end_minute_s(to_ns));
	return r ? r : read_amounts(s, row, end_minute_s(to_ns), fn, arg);
}

int store_read_minutes(struct store *s, uint64_t from_ns, uint64_t to_ns, const char *target, store_amounts_fn fn,
                       void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT target, minute_s, 1, seen_bytes, seen_writes, scanned_bytes, scanned_writes, records,"
	                   " leaking_records FROM minutes WHERE minute_s >= ?1 AND minute_s < ?2"
	                   " AND (?3 IS NULL OR target = ?3) ORDER BY minute_s, target",
	                   "iit", first_minute_s(from_ns), end_minute_s(to_ns), target);
	return r ? r : read_amounts(s, row, 0, fn, arg);
}

int store_read_rules(struct store *s, uint64_t from_ns, uint64_t to_ns,
                     int (*fn)(void *arg, const char *rule, uint64_t matches), void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT rule, sum(matches) FROM matches WHERE minute_s >= ?1 AND minute_s < ?2"
	                   " GROUP BY rule ORDER BY rule",
	                   "ii", first_minute_s(from_ns), end_minute_s(to_ns));
	if (r)
		return r;
	while ((r = store_step(row)) > 0) {
		r = fn(arg, store_text(row, 0), (uint64_t)sqlite3_column_int64(row, 1));
		if (r)
			break;
	}
	sqlite3_reset(row);
	return r;
}

int store_read_findings(struct store *s, uint64_t from_ns, uint64_t to_ns,
                        int (*fn)(void *arg, struct finding_copy *finding), void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT * FROM findings WHERE last_seen_ns >= ?1 AND first_seen_ns < ?2"
	                   " ORDER BY first_seen_ns, finding",
	                   "ii", from_ns, to_ns);
	if (r)
		return r;
	while ((r = store_step(row)) > 0) {
		_cleanup_(finding_copy_dropp) struct finding_copy *c = NULL;
		r = store_read_finding(&c, row);
		if (!r)
			r = fn(arg, c);
		if (r)
			break;
	}
	sqlite3_reset(row);
	return r;
}

int store_read_host(struct store *s, char **ret) {
	STORE_LOCKED(s);
	sqlite3_stmt *row = NULL;
	char *host = NULL;
	/* All columns: a store of format 2 has no such one. */
	int r = store_bind(s, &row, "SELECT * FROM runs ORDER BY run DESC LIMIT 1", "");
	if (!r)
		r = store_step(row);
	if (r == 1)
		r = sqlite3_column_count(row) > 5 ? text_copy(&host, (const char *)sqlite3_column_text(row, 5)) : 0;
	sqlite3_reset(row);
	if (!r)
		*ret = host;
	return r;
}

static int find_kind(const char *name, enum store_event_kind *ret) {
	for (enum store_event_kind i = 0; i < STORE_EVENT_KINDS; i++) {
		if (!strcmp(store_event_name(i), name)) {
			*ret = i;
			return 0;
		}
	}
	return -EBADMSG;
}

/* Rows of: from, until, kind, text. */
static int read_events(sqlite3_stmt *row, int (*fn)(void *arg, const struct store_event *e), void *arg) {
	int r;
	while ((r = store_step(row)) > 0) {
		struct store_event e = {.from_ns = (uint64_t)sqlite3_column_int64(row, 0),
		                        .until_ns = (uint64_t)sqlite3_column_int64(row, 1),
		                        .text = store_text(row, 3)};
		r = find_kind(store_text(row, 2), &e.kind);
		if (!r)
			r = fn(arg, &e);
		if (r)
			break;
	}
	sqlite3_reset(row);
	return r;
}

int store_read_events(struct store *s, uint64_t from_ns, uint64_t to_ns,
                      int (*fn)(void *arg, const struct store_event *e), void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   /* + : not by the index of from_ns, since most of what was noted is older */
	                   "SELECT from_ns, until_ns, kind, text FROM events WHERE max(from_ns, until_ns) >= ?1"
	                   " AND +from_ns < ?2 ORDER BY from_ns, event",
	                   "ii", from_ns, to_ns);
	return r ? r : read_events(row, fn, arg);
}

int store_read_blind(struct store *s, uint64_t at_ns, int (*fn)(void *arg, const struct store_event *e), void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT from_ns, until_ns, kind, text FROM events WHERE kind IN ('blind', 'unread')"
	                   " AND from_ns < ?1 AND event >"
	                   " (SELECT coalesce(max(event), 0) FROM events WHERE from_ns < ?1 AND (kind = 'start' OR"
	                   "   (kind = 'blind' AND text GLOB '*" STORE_BLIND_WORDS "'))) ORDER BY event",
	                   "i", at_ns);
	return r ? r : read_events(row, fn, arg);
}

/* Before each run, what lies between it and all before; behind the last, what it has not been alive for; and stalls.
 * The window function's frame is all earlier runs: clocks that were set make them overlap. */
int store_read_gaps(struct store *s, uint64_t from_ns, uint64_t to_ns,
                    int (*fn)(void *arg, const struct store_event *e), void *arg) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(
	    s, &row,
	    "WITH ends AS (SELECT started_ns AS began, coalesce(stopped_ns, alive_ns) AS ended FROM runs),"
	    " before AS (SELECT coalesce(max(ended) OVER (ORDER BY began ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),"
	    "   0) AS a, began AS b, 0 AS tolerated FROM ends),"
	    " last AS (SELECT coalesce(max(ended), 0) AS a, ?2 AS b,"
	    "   iif(EXISTS (SELECT 1 FROM runs WHERE stopped_ns IS NULL), ?3, 0) AS tolerated FROM ends),"
	    " gaps AS (SELECT max(a, ?1) AS a, min(b, ?2) AS b, tolerated FROM before UNION ALL"
	    "   SELECT max(a, ?1), min(b, ?2), tolerated FROM last)"
	    " SELECT a, b, 'gap', 'no agent watched' FROM gaps WHERE b > a + tolerated UNION ALL"
	    " SELECT max(from_ns, ?1), min(until_ns, ?2), kind, text FROM events"
	    "   WHERE kind = 'stall' AND until_ns > ?1 AND from_ns < ?2 ORDER BY 1, 2",
	    "iii", from_ns, to_ns, (int64_t)STORE_ALIVE_NS);
	return r ? r : read_events(row, fn, arg);
}
