/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void store_outgoing_release(struct store_outgoing *o) {
	free(o->kind);
	free(o->finding_id);
	free(o->json);
	*o = (struct store_outgoing){0};
}

/* What every output has taken is of no more use. */
static int delete_taken(struct store *s) {
	int64_t all = 0;
	int r = store_run(s, "DELETE FROM outgoing WHERE seq <= (SELECT min(seq) FROM outputs)", "");
	if (r || !sqlite3_changes(s->db)) /* counting takes long while one of them is down */
		return r;
	r = store_get(s, &all, "SELECT count(*) FROM outgoing", "");
	if (!r)
		s->outgoing = (uint64_t)all;
	return r;
}

static int set_outputs(struct store *s, const char *const *names, size_t len) {
	/* Numbers in use so far: of rows that have gone, too. */
	int r = store_exec(s, "CREATE TEMP TABLE IF NOT EXISTS named (output TEXT PRIMARY KEY); DELETE FROM named");
	for (size_t i = 0; !r && i < len; i++) {
		r = store_run(s, "INSERT OR IGNORE INTO named VALUES (?1)", "t", names[i]);
		if (!r)
			r = store_run(s,
			              "INSERT OR IGNORE INTO outputs VALUES (?1, coalesce((SELECT seq FROM sqlite_sequence"
			              " WHERE name = 'outgoing'), 0))",
			              "t", names[i]);
	}
	if (!r)
		r = store_run(s, "DELETE FROM outputs WHERE output NOT IN (SELECT output FROM named)", "");
	return r ? r : delete_taken(s);
}

int store_outputs(struct store *s, const char *const *names, size_t len) {
	STORE_LOCKED(s);
	int r = store_begin(s);
	return r ? r : store_end(s, set_outputs(s, names, len));
}

/* A tenth at a time: outputs that have been away for long find a hole, which is counted and said. */
static int drop_oldest(struct store *s, uint64_t now_ns) {
	char text[128];
	int64_t first;
	const int64_t many = STORE_OUTGOING_MAX / 10;
	int r = store_get(s, &first, "SELECT min(seq) FROM outgoing", "");
	if (!r)
		r = store_run(s, "DELETE FROM outgoing WHERE seq < ?1", "i", first + many);
	snprintf(text, sizeof(text),
	         "%" PRId64 " findings that no output had taken yet were dropped: too many were waiting", many);
	if (!r)
		r = store_note_locked(s, STORE_TRIMMED, now_ns, 0, text);
	if (r)
		return r;
	s->outgoing -= (uint64_t)many;
	pthread_mutex_lock(&s->counters_lock);
	s->counters.dropped += (uint64_t)many;
	pthread_mutex_unlock(&s->counters_lock);
	return 0;
}

int store_outgoing_add(struct store *s, uint64_t time_ns, const char *kind, const char *finding_id, const char *json,
                       uint64_t *ret_seq) {
	STORE_LOCKED(s);
	int r = store_begin(s);
	if (r)
		return r;
	if (s->outgoing >= STORE_OUTGOING_MAX)
		r = drop_oldest(s, time_ns);
	if (!r)
		r = store_run(s, "INSERT INTO outgoing (time_ns, kind, finding, json) VALUES (?1, ?2, ?3, ?4)", "ittt", time_ns,
		              kind, finding_id, json);
	int64_t seq = sqlite3_last_insert_rowid(s->db);
	r = store_end(s, r);
	if (r)
		return r;
	s->outgoing++;
	*ret_seq = (uint64_t)seq;
	return 0;
}

static int copy_outgoing(sqlite3_stmt *row, struct store_outgoing *ret) {
	_cleanup_(store_outgoing_release) struct store_outgoing o = {
	    .seq = (uint64_t)sqlite3_column_int64(row, 0),
	    .time_ns = (uint64_t)sqlite3_column_int64(row, 1),
	    .kind = strdup(store_text(row, 2)),
	    .finding_id = strdup(store_text(row, 3)),
	    .json = strdup(store_text(row, 4)),
	};
	if (!o.kind || !o.finding_id || !o.json)
		return -ENOMEM;
	*ret = o;
	o = (struct store_outgoing){0};
	return 0;
}

int store_outgoing_next(struct store *s, const char *output, uint64_t seq, struct store_outgoing *ret) {
	STORE_LOCKED(s);
	sqlite3_stmt *row;
	int r = store_bind(s, &row,
	                   "SELECT seq, time_ns, kind, finding, json FROM outgoing"
	                   " WHERE seq > max(?2, coalesce((SELECT seq FROM outputs WHERE output = ?1), 0))"
	                   " ORDER BY seq LIMIT 1",
	                   "ti", output, seq);
	if (r)
		return r;
	r = store_step(row);
	r = r > 0 ? copy_outgoing(row, ret) : r < 0 ? r : -ENOENT;
	sqlite3_reset(row);
	return r;
}

int store_outgoing_acknowledge(struct store *s, const char *output, uint64_t seq) {
	STORE_LOCKED(s);
	int r = store_begin(s);
	if (r)
		return r;
	r = store_run(s, "UPDATE outputs SET seq = max(seq, ?2) WHERE output = ?1", "ti", output, seq);
	return store_end(s, r ? r : delete_taken(s));
}

uint64_t store_outgoing_acknowledged(struct store *s, const char *output) {
	STORE_LOCKED(s);
	int64_t seq = 0;
	(void)store_get(s, &seq, "SELECT seq FROM outputs WHERE output = ?1", "t", output);
	return (uint64_t)seq;
}
