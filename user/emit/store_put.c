/* SPDX-License-Identifier: MIT */
#include "emit/store_db.h"

#include "find/waiver.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CLOCK_JUMP_S 2.0

/* Findings and matches begin anew with each generation. */
static bool goes_on(const struct store *s, const struct snapshot *now) {
	return s->last && s->last->generation == now->generation;
}

static struct capture_loss difference(struct capture_loss now, struct capture_loss last) {
	return (struct capture_loss){now.bytes - last.bytes, now.writes - last.writes};
}

static const struct snapshot_target *find_target(const struct snapshot *s, const struct snapshot_target *like) {
	for (size_t i = 0; s && i < s->targets_len; i++)
		if (s->targets[i].number == like->number && !strcmp(s->targets[i].name, like->name))
			return &s->targets[i];
	return NULL;
}

/* Seen, as far as it is known what became of it: a row balances in itself, whatever is on its way. */
static struct capture_loss settled(const struct snapshot_target *t) {
	struct capture_loss sum = t->scanned;
	for (enum wire_loss i = 0; i < WIRE_LOSS_COUNT; i++) {
		sum.bytes += t->totals.lost[i].bytes;
		sum.writes += t->totals.lost[i].writes;
	}
	return sum;
}

static int put_losses(struct store *s, int64_t minute_s, const struct snapshot_target *t,
                      const struct snapshot_target *last) {
	int r = 0;
	for (enum wire_loss i = 0; !r && i < WIRE_LOSS_COUNT; i++) {
		struct capture_loss more = difference(t->totals.lost[i], last->totals.lost[i]);
		if (more.bytes || more.writes)
			r = store_run(s,
			              "INSERT INTO losses VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET"
			              " bytes = bytes + excluded.bytes, writes = writes + excluded.writes",
			              "ittii", minute_s, t->name, loss_name(i), more.bytes, more.writes);
	}
	return r;
}

static int put_matches(struct store *s, int64_t minute_s, const struct snapshot *now, const struct snapshot_target *t,
                       const struct snapshot_target *last) {
	int r = 0;
	for (size_t i = 0; !r && t->matches && i < now->rules_len; i++) {
		const char *rule = now->rules[i].id;
		uint64_t more = t->matches[i] - (last->matches && goes_on(s, now) ? last->matches[i] : 0);
		if (more)
			r = store_run(s,
			              "INSERT INTO matches VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET"
			              " matches = matches + excluded.matches",
			              "itti", minute_s, t->name, rule, more);
	}
	return r;
}

static int put_target(struct store *s, int64_t minute_s, const struct snapshot *now, const struct snapshot_target *t) {
	static const struct snapshot_target none;
	const struct snapshot_target *last = find_target(s->last, t);
	if (!last)
		last = &none;
	struct capture_loss seen = difference(settled(t), settled(last)), scanned = difference(t->scanned, last->scanned);
	int r =
	    store_run(s,
	              "INSERT INTO minutes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET"
	              " seen_bytes = seen_bytes + excluded.seen_bytes, seen_writes = seen_writes + excluded.seen_writes,"
	              " scanned_bytes = scanned_bytes + excluded.scanned_bytes,"
	              " scanned_writes = scanned_writes + excluded.scanned_writes, records = records + excluded.records,"
	              " leaking_records = leaking_records + excluded.leaking_records",
	              "itiiiiii", minute_s, t->name, seen.bytes, seen.writes, scanned.bytes, scanned.writes,
	              t->records - last->records, t->leaking_records - last->leaking_records);
	if (!r)
		r = put_losses(s, minute_s, t, last);
	return r ? r : put_matches(s, minute_s, now, t, last);
}

/* Of all runs, not only of this one: an agent that starts again applies it again. */
static int note_waiver(struct store *s, const struct finding *f, const struct finding *last, uint64_t now_ns) {
	_cleanup_free_ char *text = NULL;
	int64_t waived = 0;
	if (last ? last->waived == f->waived : !f->waived)
		return 0;
	int r = store_get(s, &waived, "SELECT waived FROM findings WHERE finding = ?1", "t", f->id);
	if (r == -ENOENT)
		r = 0;
	if (r || (waived != 0) == f->waived)
		return r;
	const struct waiver *w = f->waiver;
	int n = f->waived ? asprintf(&text, "finding %s is waived by %s until %s: %s", f->id, w->owner, w->until, w->reason)
	                  : asprintf(&text, "finding %s is not waived any more", f->id);
	return n < 0 ? -ENOMEM : store_note_locked(s, STORE_WAIVER, now_ns, 0, text);
}

static int put_findings(struct store *s, const struct snapshot *now) {
	int r = 0;
	for (size_t i = 0; !r && i < now->findings_len; i++) {
		const struct finding_copy *last = goes_on(s, now) && i < s->last->findings_len ? s->last->findings[i] : NULL;
		const struct finding *f = &now->findings[i]->finding;
		if (last == now->findings[i])
			continue;
		r = note_waiver(s, f, last ? &last->finding : NULL, now->time_ns);
		if (!r)
			r = store_put_finding(s, f, f->count - (last ? last->finding.count : 0));
	}
	return r;
}

/* Both clocks run alike, unless the wall clock is set or the machine sleeps. */
static int note_clock(struct store *s, const struct snapshot *now) {
	if (!s->last || now->duration_s < s->last->duration_s)
		return 0;
	double wall_s = ((double)now->time_ns - (double)s->last->time_ns) / 1e9;
	double ahead_s = wall_s - (now->duration_s - s->last->duration_s);
	if (fabs(ahead_s) < CLOCK_JUMP_S)
		return 0;
	char text[128];
	snprintf(text, sizeof(text), "the wall clock went %.1f s %s: it was set, or the machine slept", fabs(ahead_s),
	         ahead_s > 0 ? "forward" : "back");
	return store_note_locked(s, STORE_CLOCK, now->time_ns, 0, text);
}

static int put(struct store *s, const struct snapshot *now) {
	int64_t minute_s = (int64_t)(now->time_ns / STORE_MINUTE_NS * 60);
	int r = store_begin(s);
	if (r)
		return r;
	for (size_t i = 0; !r && i < now->targets_len; i++)
		r = put_target(s, minute_s, now, &now->targets[i]);
	if (!r)
		r = put_findings(s, now);
	if (!r)
		r = note_clock(s, now);
	if (!r)
		r = store_run(s, "UPDATE runs SET alive_ns = max(alive_ns, ?1) WHERE run = ?2", "ii", now->time_ns, s->run);
	return store_end(s, r);
}

static int renew(struct store *s) {
	_cleanup_(diags_release) struct diags diags = {0};
	snapshot_drop(take(s->last));
	s->run = 0;
	return store_file_open(s, &diags);
}

uint64_t store_written_ns(struct store *s) {
	STORE_LOCKED(s);
	return s->last ? s->last->time_ns : 0;
}

static void count(struct store *s, int r) {
	int64_t pages = 0;
	if (s->db)
		(void)store_get(s, &pages, "PRAGMA page_count", "");
	pthread_mutex_lock(&s->counters_lock);
	s->counters.puts++;
	s->counters.failures += r < 0;
	s->counters.last_error = r;
	s->counters.bytes = (uint64_t)pages * 4096;
	pthread_mutex_unlock(&s->counters_lock);
}

int store_put(struct store *s, struct snapshot *snapshot) {
	STORE_LOCKED(s);
	int r = s->db && s->run && store_file_is_there(s) ? put(s, snapshot) : -EBADMSG;
	if (r == -EBADMSG && !(r = renew(s)))
		r = put(s, snapshot);
	if (r == -ENOSPC && !store_trim_locked(s, snapshot->time_ns))
		r = put(s, snapshot);
	count(s, r);
	if (r)
		return r;
	snapshot_drop(s->last);
	s->last = snapshot_hold(snapshot);
	return 0;
}
