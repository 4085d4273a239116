/* SPDX-License-Identifier: MIT */
/*
 * Each byte of each way into a log: seen is what was written, seen = delivered + lost, and what is delivered are bytes
 * that this thread wrote, there, in this order, once. EXACT_SEED repeats a run, EXACT_WRITES makes it longer.
 */
#include "writers.h"

#include <sys/resource.h>

#define SHORT_WRITES 24000
#define LARGE_RING (64u * 1024 * 1024) /* all of a short run would fit */
#define LONG_RING (512u * 1024 * 1024)
#define SMALL_RING (256u * 1024) /* some writes are larger, and come with holes */

/* How far a round of a writer, which is one thread, has been delivered. */
struct cursor {
	uint32_t seq, part, offset; /* of the next bytes */
};

struct checker {
	struct workload l;
	const uint32_t *board;
	bool lossy;                            /* writes may be missing */
	struct cursor *cursors, *ring_cursors; /* as numbered on the board */
	struct step step;                      /* whose text was drawn last */
	char text[STEP_MAX];
	uint64_t writes[WAYS], bytes[WAYS]; /* delivered */
};

/* Is it by io_uring? Then a worker may have written it for the thread whom the stamp tells. */
static bool is_by_ring(const struct checker *c, const struct capture_write *w, uint32_t *ret_entry) {
	struct step s;
	if (w->len < STAMP_LEN || w->data[0] != '~' || w->data[STAMP_LEN - 1] != ' ' ||
	    strspn(w->data + 1, "abcdefghijklmnop") != STAMP_LEN - 2)
		return false;
	uint32_t writer = (uint32_t)letters(w->data + 1, 4), seq = (uint32_t)letters(w->data + 5, 8);
	step_init(&s, &c->l, writer, seq);
	if (s.way != WAY_URING)
		return false;
	*ret_entry = BOARD_ENTRY(writer, seq / ROUND);
	return true;
}

/* Despite loss a write by io_uring is followed apart: the beginning of a write that lost its end comes late, before the
 * next one of the same thread, and a worker's may have come in between. */
static struct cursor *cursor_of(struct checker *c, const struct capture_write *w, uint32_t *ret_entry) {
	assert_in_range(w->tid, 1, TIDS_MAX - 1);
	*ret_entry = c->board[w->tid];
	bool by_ring = is_by_ring(c, w, ret_entry);
	assert_in_range(*ret_entry, 1, WRITERS * c->l.rounds);
	return &(c->lossy && by_ring ? c->ring_cursors : c->cursors)[*ret_entry];
}

static struct step step_at(const struct checker *c, const struct cursor *at, uint32_t entry) {
	struct step s;
	step_init(&s, &c->l, (entry - 1) % WRITERS, (entry - 1) / WRITERS * ROUND + at->seq);
	return s;
}

/* To the next write. */
static void cursor_advance(struct cursor *at, const struct step *s) {
	at->offset = 0;
	if (++at->part < s->parts)
		return;
	at->part = 0;
	at->seq++;
}

static void draw(struct checker *c, const struct step *s) {
	if (c->step.len && c->step.seq == s->seq && c->step.writer == s->writer)
		return;
	c->step = *s;
	step_text(s, &c->l, c->text);
}

static bool is_at_place(const struct checker *c, const struct step *s, const struct capture_write *w) {
	char want[160];
	switch (s->place) {
	case PLACE_OWN:
	case PLACE_SHARED:
		snprintf(want, sizeof(want), s->place == PLACE_OWN ? "%s/own-%u.log" : "%s/shared-%u.log", c->l.dir,
		         s->place == PLACE_OWN ? s->writer : s->shared);
		return !strncmp(w->sink->name, want, strlen(want));
	case PLACE_DGRAM:
	case PLACE_STREAM:
		snprintf(want, sizeof(want), "socket:%s/%s", c->l.dir, s->place == PLACE_DGRAM ? "dgram" : "stream");
		return !strcmp(w->sink->name, want) && w->datagram == (s->place == PLACE_DGRAM);
	default:
		return w->sink->kind == (s->place == PLACE_TTY ? SINK_TTY : SINK_PIPE);
	}
}

/* Nothing is lost but what cannot be read: it is the next write, whole. */
static enum way take_next(struct checker *c, struct cursor *at, uint32_t entry, const struct capture_write *w) {
	struct step s = step_at(c, at, entry);
	uint32_t start, len;
	for (; at->seq < ROUND && s.way == WAY_SENDFILE; s = step_at(c, at, entry))
		cursor_advance(at, &s);
	if (at->seq >= ROUND)
		fail_msg("writer %u: more comes than was written", s.writer);
	draw(c, &s);
	step_part(&s, at->part, &start, &len);
	if (len > WIRE_WRITE_MAX)
		len = WIRE_WRITE_MAX;
	if (w->len != len || memcmp(c->text + start, w->data, len))
		fail_msg("writer %u, step %u, message %u, by %s: %zu bytes came of %u, or others", s.writer, s.seq, at->part,
		         way_names[s.way], w->len, len);
	assert_false(w->continued);
	assert_true(is_at_place(c, &s, w));
	cursor_advance(at, &s);
	return s.way;
}

/* Could these bytes be of the write at the cursor, behind what came of it before? Large writes go up in pieces, and
 * so do several buffers; all others whole or not at all. */
static bool is_of(struct checker *c, struct cursor *at, const struct step *s, const struct capture_write *w) {
	uint32_t start, len;
	step_part(s, at->part, &start, &len);
	if (s->way == WAY_SENDFILE || w->len > len - at->offset || (len < 800 && w->len != len) || !is_at_place(c, s, w))
		return false;
	draw(c, s);
	const char *found = memmem(c->text + start + at->offset, len - at->offset, w->data, w->len);
	if (found)
		at->offset = (uint32_t)(found - c->text - start + (ptrdiff_t)w->len);
	return found;
}

/* Writes may be missing: it is the first one that it can be, or the rest of the last. */
static enum way take_later(struct checker *c, struct cursor *at, uint32_t entry, const struct capture_write *w) {
	struct step s = step_at(c, at, entry);
	if (!w->continued && at->offset) {
		cursor_advance(at, &s);
		s = step_at(c, at, entry);
	}
	while (!is_of(c, at, &s, w)) {
		if (w->continued)
			fail_msg("writer %u, step %u: what follows a hole was not written", s.writer, s.seq);
		cursor_advance(at, &s);
		if (at->seq >= ROUND)
			fail_msg("writer %u: %zu bytes came that were not written, or not there", s.writer, w->len);
		s = step_at(c, at, entry);
	}
	return s.way;
}

static void check_write(struct watch *watch, const struct capture_write *w) {
	struct checker *c = watch->take_arg;
	uint32_t entry;
	struct cursor *at = cursor_of(c, w, &entry);
	enum way way = (c->lossy ? take_later : take_next)(c, at, entry, w);
	c->writes[way] += !w->continued;
	c->bytes[way] += w->len;
}

struct job {
	const struct workload *l;
	int out;
};

static void write_all(const void *arg) {
	const struct job *job = arg;
	setpriority(PRIO_PROCESS, 0, 0);
	must_move_fd(job->out, STDOUT_FILENO);
	writers_run(job->l);
}

static struct checker *checker_new(bool lossy, const char *dir) {
	struct checker *c = calloc(1, sizeof(*c));
	assert_non_null(c);
	c->lossy = lossy;
	workload_init(&c->l, SHORT_WRITES, 10, dir);
	c->board = writers_board(&c->l);
	c->cursors = calloc(c->l.rounds * WRITERS + 1, sizeof(*c->cursors));
	assert_non_null(c->board);
	c->ring_cursors = calloc(c->l.rounds * WRITERS + 1, sizeof(*c->ring_cursors));
	assert_non_null(c->cursors);
	assert_non_null(c->ring_cursors);
	return c;
}

static void checker_free(struct checker *c) {
	munmap((void *)c->board, TIDS_MAX * sizeof(*c->board));
	free(c->cursors);
	free(c->ring_cursors);
	free(c);
}

static void run_workload(struct watch *w, struct checker *c, size_t ring_bytes) {
	char sinks[3][140];
	const char *globs[] = {sinks[0], sinks[1], sinks[2]};
	struct drains drains;
	drains_start(&drains, &c->l);
	writers_sinks(&c->l, sinks);
	w->take = check_write;
	w->take_arg = c;
	w->may_miss = true;
	watch_open_with(
	    w, (struct capture_config){.ring_bytes = ring_bytes, .sink_globs = globs, .sink_globs_len = LEN(globs)});
	if (ring_bytes != SMALL_RING)
		setpriority(PRIO_PROCESS, 0, -15); /* one against many: it must get its turn */
	watch_run(w, write_all, &(struct job){&c->l, drains.out});
	setpriority(PRIO_PROCESS, 0, 0);
	drains_end(&drains);
}

static void check_books(const struct watch *w, const struct checker *c, struct workload_sums *ret) {
	workload_sum(&c->l, ret);
	printf("NOTE: %llu bytes in %llu writes; lost for want of room %llu and %llu\n", (unsigned long long)ret->all_bytes,
	       (unsigned long long)ret->all_writes, (unsigned long long)w->totals.lost[WIRE_LOSS_RING_FULL].bytes,
	       (unsigned long long)w->totals.lost[WIRE_LOSS_RING_FULL].writes);
	struct wire_amount unread = watch_blind(w, WIRE_BLIND_ZERO_COPY, NULL);
	const struct capture_loss *unsupported = &w->totals.lost[WIRE_LOSS_UNSUPPORTED];
	uint64_t missed = watch_missed(w);
	assert_int_equal(w->blind.len, (unread.events > 0) + (missed > 0));
	assert_in_range(w->totals.seen_bytes, missed ? 0 : ret->all_bytes, ret->all_bytes);
	assert_in_range(unsupported->bytes, 0, ret->bytes[WAY_SENDFILE]);
	assert_int_equal(unsupported->bytes, unread.bytes);
	assert_int_equal(unsupported->writes, unread.events);
	/* sendfile() may have needed more calls than one. */
	assert_in_range(w->totals.seen_writes, ret->all_writes - (missed < ret->all_writes ? missed : ret->all_writes),
	                ret->all_writes + unread.events);
	for (size_t i = 0; i < WIRE_LOSS_COUNT; i++)
		if (i != WIRE_LOSS_RING_FULL && i != WIRE_LOSS_TRUNCATED && i != WIRE_LOSS_UNSUPPORTED)
			assert_int_equal(w->totals.lost[i].bytes + w->totals.lost[i].writes, 0);
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].writes, 0);
}

/* What came of each way is no more than was written. */
static void check_parts(const struct watch *w, const struct checker *c, const struct workload_sums *sums) {
	assert_true(w->writes > 0);
	assert_true(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes <= sums->beyond);
	for (int i = 0; i < WAYS; i++) {
		assert_in_range(c->writes[i], 0, sums->writes[i]);
		assert_in_range(c->bytes[i], 0, sums->bytes[i]);
	}
}

static void check_whole(const struct watch *w, const struct checker *c, const struct workload_sums *sums) {
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, sums->beyond);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, sums->bytes[WAY_SENDFILE]);
	for (int i = 0; i < WAYS; i++)
		assert_int_equal(c->writes[i], i == WAY_SENDFILE ? 0 : sums->writes[i]);
}

static void every_byte_of_every_way_comes_once_and_in_order(void **state) {
	struct watch *w = *state;
	struct workload_sums sums;
	struct checker *c = checker_new(kernel_is_since(7, 0), w->dir);
	run_workload(w, c, c->l.rounds > 50 ? LONG_RING : LARGE_RING);
	check_books(w, c, &sums);
	assert_int_equal(w->totals.lost[WIRE_LOSS_RING_FULL].writes, 0);
	(watch_missed(w) ? check_parts : check_whole)(w, c, &sums);
	checker_free(c);
}

static void what_comes_despite_loss_was_written_and_the_rest_is_counted(void **state) {
	struct watch *w = *state;
	struct workload_sums sums;
	struct checker *c = checker_new(true, w->dir);
	run_workload(w, c, SMALL_RING);
	check_books(w, c, &sums);
	check_parts(w, c, &sums);
	checker_free(c);
}

int main(int argc, char **argv) {
	writers_main(argc, argv);
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(every_byte_of_every_way_comes_once_and_in_order),
	    BOTH_HOOKS(what_comes_despite_loss_was_written_and_the_rest_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
