/* SPDX-License-Identifier: MIT */
#include "record/carry.h"

#include <string.h>

static size_t min_size(size_t a, size_t b) {
	return a < b ? a : b;
}

int carry_reserve(struct carry *c, size_t len) {
	return buf_reserve(&c->text, min_size(c->text.len + len, RECORD_MAX_BYTES));
}

void carry_clear(struct carry *c) {
	buf_wipe(&c->text);
	*c = (struct carry){.text = c->text};
}

/* The text that a carry and more are together, from one offset in it to another. */
static void put_range(const struct carry *c, struct block *out, const struct carry_more *more, size_t from, size_t to,
                      const struct record *rec) {
	size_t have = c->text.len;
	size_t head = from < have ? min_size(to, have) - from : 0;
	size_t at = from < have ? 0 : from - have;

	block_put(out, rec, head ? c->text.data + from : NULL, head, more->text + at, to - from - head);
}

/* Puts out what is beyond the size bound; returns where the rest of carry and more begins. The write behind `more`
 * counts in the piece that has its first byte. */
static size_t put_pieces(struct carry *c, struct block *out, const struct carry_more *more) {
	size_t total = c->text.len + more->len, from = 0;
	uint32_t writes_of_more = more->raw_writes;

	if (carry_settled(c))
		c->time_ns = more->time_ns;
	c->raw_bytes += more->raw_bytes;
	for (; total - from > RECORD_MAX_BYTES; from += RECORD_MAX_BYTES - RECORD_OVERLAP_BYTES) {
		struct record rec = {
		    .sink = more->sink,
		    .process = more->process,
		    .time_ns = c->time_ns,
		    .overlap = c->overlap,
		    .raw_bytes = RECORD_MAX_BYTES - c->overlap,
		    .raw_writes = c->raw_writes,
		    .cut_before = c->cut_before,
		    .cut_after = true,
		};
		if (from + RECORD_MAX_BYTES > c->text.len) {
			rec.raw_writes += writes_of_more;
			writes_of_more = 0;
		}
		put_range(c, out, more, from, from + RECORD_MAX_BYTES, &rec);
		c->raw_bytes -= rec.raw_bytes;
		c->raw_writes = 0;
		c->overlap = RECORD_OVERLAP_BYTES;
		c->cut_before = true;
		c->time_ns = more->time_ns;
	}
	c->raw_writes += writes_of_more;
	return from;
}

void carry_extend(struct carry *c, struct block *out, const struct carry_more *more) {
	size_t from = put_pieces(c, out, more), have = c->text.len;
	size_t at = from < have ? 0 : from - have;

	buf_drop(&c->text, min_size(from, have));
	if (more->len > at)
		buf_append(&c->text, more->text + at, more->len - at);
}

static void put_rest(struct carry *c, struct block *out, const struct carry_more *more, size_t from, bool cut_after) {
	size_t total = c->text.len + more->len;
	struct record rec = {
	    .sink = more->sink,
	    .process = more->process,
	    .time_ns = c->time_ns,
	    .overlap = (uint32_t)min_size(c->overlap, total - from),
	    .raw_bytes = c->raw_bytes,
	    .raw_writes = c->raw_writes,
	    .cut_before = c->cut_before,
	    .cut_after = cut_after,
	};

	put_range(c, out, more, from, total, &rec);
}

void carry_complete(struct carry *c, struct block *out, const struct carry_more *more, bool broken) {
	struct carry_more m = *more;

	if (!broken && m.len && m.text[m.len - 1] == '\r')
		m.len--;
	else if (!broken && !m.len && c->text.len && c->text.data[c->text.len - 1] == '\r')
		c->text.data[--c->text.len] = 0;
	put_rest(c, out, &m, put_pieces(c, out, &m), false);
	carry_clear(c);
	c->cut_before = broken;
}

void carry_cut(struct carry *c, struct block *out, struct sink *sink, struct process *process) {
	struct carry_more none = {.sink = sink, .process = process, .text = ""};

	if (carry_settled(c))
		return;
	put_rest(c, out, &none, 0, true);
	if (c->text.len > RECORD_OVERLAP_BYTES)
		buf_drop(&c->text, c->text.len - RECORD_OVERLAP_BYTES);
	c->raw_bytes = 0;
	c->raw_writes = 0;
	c->overlap = (uint32_t)c->text.len;
	c->cut_before = true;
}

void carry_close(struct carry *c, struct block *out, struct sink *sink, struct process *process, bool broken) {
	struct carry_more none = {.sink = sink, .process = process, .time_ns = c->time_ns, .text = ""};

	if (!carry_settled(c) || c->overlap) {
		carry_complete(c, out, &none, broken);
		return;
	}
	carry_clear(c);
	c->cut_before = broken;
}

void carry_trim(struct carry *c) {
	struct buf small = {0};

	if (c->text.cap <= RECORD_OVERLAP_BYTES || c->text.len > RECORD_OVERLAP_BYTES)
		return;
	/* Without memory the large buffer serves on. */
	if (buf_append(&small, c->text.data, c->text.len) < 0)
		return;
	buf_release(&c->text);
	c->text = small;
}

void carry_release(struct carry *c) {
	buf_release(&c->text);
	*c = (struct carry){0};
}
