/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

/*
 * From format N to N+1, for N = 0, 1, ...: what has once been released is not changed, but followed by another. Users
 * query these tables with tools of their own: names say units, times are wall clock since 1970.
 */
static const char *const migrations[STORE_FORMAT] = {
    "CREATE TABLE runs (" /* of the agent; stopped_ns is NULL while it runs, or when it ended without a word */
    "  run INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL, alive_ns INTEGER NOT NULL, stopped_ns INTEGER,"
    "  version TEXT NOT NULL) STRICT;"
    "CREATE TABLE findings ("
    "  finding TEXT PRIMARY KEY, rule TEXT NOT NULL, name TEXT NOT NULL, entity TEXT NOT NULL,"
    "  category TEXT NOT NULL, region TEXT NOT NULL, severity INTEGER NOT NULL, impact INTEGER NOT NULL,"
    "  remediation TEXT NOT NULL, confidence REAL NOT NULL, matches INTEGER NOT NULL,"
    "  distinct_values INTEGER NOT NULL, distinct_error REAL NOT NULL, masked TEXT NOT NULL,"
    "  fingerprint TEXT NOT NULL, template TEXT NOT NULL, statement TEXT NOT NULL, sink_kind TEXT NOT NULL,"
    "  sink TEXT NOT NULL, pid INTEGER NOT NULL, process TEXT NOT NULL, executable TEXT NOT NULL, uid INTEGER,"
    "  cgroup TEXT, namespace TEXT, pod TEXT, container TEXT, origins TEXT NOT NULL, first_seen_ns INTEGER NOT NULL,"
    "  last_seen_ns INTEGER NOT NULL, waived INTEGER NOT NULL, waiver_owner TEXT, waiver_reason TEXT,"
    "  waiver_until TEXT, command_line TEXT) STRICT, WITHOUT ROWID;"
    "CREATE INDEX findings_last_seen ON findings (last_seen_ns);"
    /* One row a minute and target, also when nothing was written: that there is one proves that it was watched. */
    "CREATE TABLE minutes ("
    "  minute_s INTEGER NOT NULL, target TEXT NOT NULL, seen_bytes INTEGER NOT NULL, seen_writes INTEGER NOT NULL,"
    "  scanned_bytes INTEGER NOT NULL, scanned_writes INTEGER NOT NULL, records INTEGER NOT NULL,"
    "  leaking_records INTEGER NOT NULL, PRIMARY KEY (minute_s, target)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE losses ("
    "  minute_s INTEGER NOT NULL, target TEXT NOT NULL, reason TEXT NOT NULL, bytes INTEGER NOT NULL,"
    "  writes INTEGER NOT NULL, PRIMARY KEY (minute_s, target, reason)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE matches ("
    "  minute_s INTEGER NOT NULL, target TEXT NOT NULL, rule TEXT NOT NULL, matches INTEGER NOT NULL,"
    "  PRIMARY KEY (minute_s, target, rule)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE events ("
    "  event INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL, kind TEXT NOT NULL,"
    "  text TEXT NOT NULL) STRICT;"
    "CREATE INDEX events_from ON events (from_ns);"
    "CREATE INDEX events_end ON events (max(from_ns, until_ns));"
    "CREATE INDEX events_kind ON events (kind, from_ns);"
    "CREATE TABLE outgoing (" /* AUTOINCREMENT: a number that was deleted is not used again */
    "  seq INTEGER PRIMARY KEY AUTOINCREMENT, time_ns INTEGER NOT NULL, kind TEXT NOT NULL, finding TEXT NOT NULL,"
    "  json TEXT NOT NULL) STRICT;"
    "CREATE TABLE outputs (output TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    /* By which values are counted over several runs, and hosts (find/distinct.h). */
    "ALTER TABLE findings ADD COLUMN distinct_sketch TEXT;",
    /* What two hosts have counted under one key may be counted together. */
    "ALTER TABLE findings ADD COLUMN key TEXT; ALTER TABLE runs ADD COLUMN host TEXT;",
    /* A kind of its own, which agents before did not know. */
    "UPDATE events SET kind = 'unread' WHERE kind = 'blind' AND text GLOB 'unnamed: *';",
};

int store_migrate(struct store *s) {
	int64_t format;
	int r = store_get(s, &format, "PRAGMA user_version", "");
	if (!r && format == STORE_FORMAT)
		return 0;
	if (!r)
		r = store_begin(s);
	if (r)
		return r;
	for (int64_t i = format; !r && i < STORE_FORMAT; i++)
		r = store_exec(s, migrations[i]);
	char pragma[64];
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", STORE_FORMAT);
	if (!r)
		r = store_exec(s, pragma);
	return store_end(s, r);
}
