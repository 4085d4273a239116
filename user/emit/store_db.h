/* SPDX-License-Identifier: MIT */
/* SQLite, for the files of the store alone: statements that are prepared once, and errors as -errno. */
#ifndef EMIT_STORE_DB_H
#define EMIT_STORE_DB_H

#include "emit/store.h"

#include <pthread.h>
#include <sqlite3.h>

#define STORE_STATEMENTS_MAX 64

struct store {
	pthread_mutex_t lock;
	sqlite3 *db;
	struct {
		const char *sql;
		sqlite3_stmt *statement;
	} statements[STORE_STATEMENTS_MAX];
	bool reading;
	char *path, *version;
	uint64_t keep_ns, max_bytes;
	int lock_fd;
	int64_t run;
	uint64_t away_ns; /* between this run and the one before */

	struct snapshot *last;         /* of this run, as it is in the file; NULL: nothing is */
	uint64_t outgoing;             /* rows */
	pthread_mutex_t counters_lock; /* who asks for them does not wait for a disk */
	struct store_counters counters;
};

/* The statement of that text, reset, with its values bound by types: i int64_t, d double, s text (NULL: null; made
 * valid UTF-8). sql is kept by its address. 0 or -errno. */
int store_bind(struct store *s, sqlite3_stmt **ret, const char *sql, const char *types, ...);
/* Same, and runs it to its end. */
int store_run(struct store *s, const char *sql, const char *types, ...);
/* One integer of one row; -ENOENT: there is no row. */
int store_get(struct store *s, int64_t *ret, const char *sql, const char *types, ...);
/* SQLITE_ROW -> 1, SQLITE_DONE -> 0, else -errno. */
int store_step(sqlite3_stmt *statement);
int store_errno(int sqlite_result);
/* Plain texts without values. */
int store_exec(struct store *s, const char *sql);
int store_begin(struct store *s);
/* r: of what was done; commits when it is 0, else takes all back. 0 or -errno. */
int store_end(struct store *s, int r);
void store_finalize(struct store *s);                        /* all statements */
const char *store_text(sqlite3_stmt *statement, int column); /* "" for null */

#define STORE_FORMAT 4               /* user_version */
#define STORE_APPLICATION 0x6c737031 /* "lsp1" */

/* store_schema.c: makes the tables, or brings those of an older format up to date. */
int store_migrate(struct store *s);
/* store_file.c: opens s->path for writing, damaged or not, and begins a run in it; what there is to say goes to
 * ret_diags. */
int store_file_open(struct store *s, struct diags *ret_diags);
/* store_file.c: is it still the file at its path? */
bool store_file_is_there(struct store *s);
/* store_finding.c: adds so many matches to the row of the finding; and a finding of a row, all columns. */
int store_put_finding(struct store *s, const struct finding *f, uint64_t more);
int store_read_finding(struct finding_copy **ret, sqlite3_stmt *row);
/* store.c: 0 or -ENOMEM. */
int store_alloc(struct store **ret, const char *path);
/* store.c: begins a run in the file that was just opened. */
int store_start(struct store *s, uint64_t now_ns);
/* store.c: as without `locked`, for who holds the lock. */
int store_trim_locked(struct store *s, uint64_t now_ns);
int store_note_locked(struct store *s, enum store_event_kind kind, uint64_t from_ns, uint64_t until_ns,
                      const char *text);

static inline void store_unlockp(struct store **s) {
	pthread_mutex_unlock(&(*s)->lock);
}
/* Until the end of the block. */
#define STORE_LOCKED(s)                                                                                                \
	pthread_mutex_lock(&(s)->lock);                                                                                    \
	_cleanup_(store_unlockp) __attribute__((unused)) struct store *locked = (s)

#endif
