/* SPDX-License-Identifier: MIT */
#include "scan/scan.h"

#include "app/engine.h"
#include "app/piece.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "scan/lines.h"

#include <errno.h>
#include <string.h>

#define SPOTS_NAMED_MAX 1000 /* named; further ones are in the books, as all are */

struct scan {
	struct engine engine;
	struct find_key *key;
	struct findings *findings;
	struct scan_place *places; /* by index of the finding */
	size_t places_len;
	struct scan_lines *lines;
	struct scan_handler handler;

	struct summary books;
	uint64_t files, binaries;
	uint64_t started_ns, wall_ns;

	const struct input_file *file; /* being scanned */
	struct input *input;
	const struct scan_block *block;
	const struct detect_text *leaking; /* of it, in which a match was found last */
	uint64_t file_scanned, file_lost;  /* bytes of it as text */
};

int scan_new(struct scan **ret, const struct options *options, const struct scan_handler *handler,
             struct diags *ret_diags) {
	_cleanup_(scan_freep) struct scan *s = calloc(1, sizeof(*s));
	bool ephemeral;
	int r = s ? engine_init(&s->engine, &options->rules, ret_diags) : -ENOMEM;
	if (!r)
		r = find_key_open(&s->key, options->watch.state_dir, &ephemeral);
	if (!r)
		r = findings_new(&s->findings, s->key);
	if (!r)
		r = scan_lines_new(&s->lines);
	if (r) {
		if (!diags_any(ret_diags))
			diags_say(ret_diags, "cannot start: %s", strerror(-r));
		return r;
	}
	s->handler = *handler;
	s->started_ns = clock_monotonic_ns();
	s->wall_ns = clock_realtime_ns();
	*ret = take(s);
	return 0;
}

void scan_free(struct scan *s) {
	if (!s)
		return;
	scan_lines_free(s->lines);
	findings_free(s->findings);
	find_key_free(s->key);
	engine_release(&s->engine);
	summary_release(&s->books);
	free(s->places);
	free(s);
}

static uint64_t count_characters(const char *text, size_t len) {
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

/* Without memory a finding has no place: it is listed all the same. */
static void remember_place(struct scan *s, const struct finding *f, const struct scan_match *m, const char *text,
                           const struct detect_match *in_text) {
	size_t index = f->index;
	if (index >= s->places_len) {
		size_t len = index < 32 ? 64 : index * 2;
		struct scan_place *places = reallocarray(s->places, len, sizeof(*places));
		if (!places)
			return;
		memset(places + s->places_len, 0, (len - s->places_len) * sizeof(*places));
		s->places = places;
		s->places_len = len;
	}
	uint64_t column = 1 + m->start - in_text->start + count_characters(text, in_text->start);
	s->places[index] = (struct scan_place){
	    m->line,
	    column,
	    column + count_characters(text + in_text->start, in_text->end - in_text->start),
	};
}

static void add_finding(struct scan *s, const struct scan_match *m, const struct detect_match *in_text) {
	const struct detect_text *text = &s->block->texts[in_text->text];
	const struct find_match match = {
	    .rule = m->rule,
	    .confidence = m->confidence,
	    .text = s->block->text + text->start,
	    .text_len = text->len,
	    .same_record = s->leaking == text,
	    .start = in_text->start,
	    .end = in_text->end,
	    .key_start = in_text->key_start,
	    .key_end = in_text->key_end,
	    .sink_kind = "file",
	    .sink_name = m->file,
	    .process_name = "",
	    .executable = "",
	    .wall_ns = s->wall_ns,
	};
	s->leaking = text;
	struct finding *finding = NULL;
	if (findings_add(s->findings, &match, &finding) == 1)
		remember_place(s, finding, m, match.text, in_text);
}

static struct piece piece_of(const struct scan_block *b, uint32_t text) {
	bool last = text + 1 == b->texts_len;
	return (struct piece){b->texts[text].len, text ? 0 : b->overlap, last && b->cut_after ? SCAN_OVERLAP_BYTES : 0};
}

static void on_match(void *arg, const struct detect_match *m) {
	struct scan *s = arg;
	const struct scan_block *b = s->block;
	const struct piece piece = piece_of(b, m->text);
	if (!piece_counts(&piece, m))
		return;
	uint64_t offset = m->text ? 0 : b->offset;
	struct scan_match match = {
	    .file = s->file->path,
	    .line = b->line + m->text,
	    .start = offset + m->start,
	    .end = offset + m->end,
	    .rule = m->rule,
	    .class = m->class,
	    .confidence = m->confidence,
	};
	if (m->class == CHECK_REAL)
		add_finding(s, &match, m);
	if (!s->handler.match)
		return;
	find_mask(match.masked, &m->rule->mask, b->text + b->texts[m->text].start + m->start, m->end - m->start);
	s->handler.match(s->handler.arg, &match);
}

static int on_block(void *arg, const struct scan_block *b) {
	struct scan *s = arg;
	s->block = b;
	int r = detector_scan(s->engine.detector, b->text, b->len, b->texts, b->texts_len, on_match, s);
	s->block = NULL;
	s->leaking = NULL;
	*(r ? &s->file_lost : &s->file_scanned) += b->bytes;
	s->books.scanned_records += b->texts_len - (b->overlap ? 1 : 0);
	return s->handler.go_on && !s->handler.go_on(s->handler.arg, input_bytes_read(s->input)) ? -EINTR : 0;
}

static void add_blind_spot(struct scan *s, const char *name, const char *why) {
	_cleanup_free_ char *text = NULL;
	if (s->books.blind_spots_len < SPOTS_NAMED_MAX && asprintf(&text, "%s: %s", name, why) >= 0)
		(void)summary_add_blind_spot_text(&s->books, text);
}

static void lose(struct scan *s, enum wire_loss reason, uint64_t bytes, uint64_t files) {
	s->books.lost[reason].bytes += bytes;
	s->books.lost[reason].writes += files;
	s->books.seen_bytes += bytes;
	s->books.seen_writes += files;
}

void scan_miss(struct scan *s, const char *name, uint64_t bytes, enum wire_loss reason, const char *why) {
	lose(s, reason, bytes, 1);
	add_blind_spot(s, name, why);
}

/* What became of the file: in the books its bytes are those of its text, and those that no text came out of. */
static void close_books(struct scan *s, int error) {
	const char *name = s->file->path;
	s->files++;
	s->books.seen_bytes += s->file_scanned;
	s->books.scanned_bytes += s->file_scanned;
	s->books.seen_writes++;
	s->books.scanned_writes++;
	if (s->file_lost) {
		lose(s, WIRE_LOSS_SCANNER, s->file_lost, 0);
		add_blind_spot(s, name, "the scanner failed on a part of it");
	}
	if (!error)
		return;
	lose(s, error == -EBADMSG || error == -ENODATA ? WIRE_LOSS_TRUNCATED : WIRE_LOSS_FAULT,
	     input_bytes_unread(s->input), 0);
	add_blind_spot(s, name, error == -EINTR ? "the scan was interrupted" : input_strerror(error));
}

int scan_file(struct scan *s, const struct input_file *file, bool binary) {
	_cleanup_(input_closep) struct input *input = NULL;
	int r = input_open(&input, strcmp(file->path, "-") ? file->path : NULL);
	if (r) {
		scan_miss(s, file->path, file->bytes, r == -ENOTSUP ? WIRE_LOSS_UNSUPPORTED : WIRE_LOSS_FAULT,
		          input_strerror(r));
		return r == -EINTR ? r : 0;
	}
	if (input_is_binary(input) && !binary) {
		s->binaries++;
		if (file->named)
			scan_miss(s, file->path, file->bytes, WIRE_LOSS_UNSUPPORTED,
			          "a binary file (--text scans it all the same)");
		return 0;
	}
	s->file = file;
	s->input = input;
	s->file_scanned = s->file_lost = 0;
	r = scan_lines_read(s->lines, input, on_block, s);
	close_books(s, r);
	s->input = NULL;
	return r == -EINTR ? r : 0;
}

const struct findings *scan_findings(const struct scan *s) {
	return s->findings;
}

struct scan_place scan_place(const struct scan *s, const struct finding *f) {
	return f->index < s->places_len ? s->places[f->index] : (struct scan_place){0};
}

uint64_t scan_files(const struct scan *s) {
	return s->files;
}

uint64_t scan_binaries(const struct scan *s) {
	return s->binaries;
}

void scan_books(struct scan *s, struct summary *ret) {
	struct detect_counters counters;
	detector_counters(s->engine.detector, &counters);
	if (counters.refused_overflow)
		add_blind_spot(s, "some lines", "they hold more candidates than are looked at in one line");
	*ret = s->books;
	s->books = (struct summary){0};
	ret->duration_s = (double)(clock_monotonic_ns() - s->started_ns) / 1e9;
	ret->coverage = ret->seen_bytes ? (double)ret->scanned_bytes / (double)ret->seen_bytes : 1;
}
