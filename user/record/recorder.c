/* SPDX-License-Identifier: MIT */
#include "base/cleanup.h"
#include "record/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct recorder {
	struct block block;
	struct streams streams;
	struct buf scratch; /* text taken out of a frame; empty between calls */
	uint64_t now_ns;    /* latest time heard of: writes of different CPUs come a little out of order */
};

int recorder_new(struct recorder **ret, record_block_fn fn, void *arg) {
	_cleanup_free_ struct recorder *r = calloc(1, sizeof(*r));

	if (!r || block_init(&r->block, fn, arg) < 0)
		return -ENOMEM;
	streams_init(&r->streams);
	*ret = take(r);
	return 0;
}

void recorder_free(struct recorder *r) {
	if (!r)
		return;
	block_release(&r->block);
	streams_release(&r->streams);
	buf_release(&r->scratch);
	free(r);
}

static bool is_framed(const struct sink *s) {
	return s->framing == SINK_CRI || s->framing == SINK_DOCKER_JSON;
}

static void stream_close(struct recorder *r, struct stream *s, bool broken) {
	carry_close(&s->line, &r->block, s->sink, s->process, broken);
	for (int i = 0; i < FRAME_PARTS; i++)
		carry_close(&s->parts[i], &r->block, s->sink, s->process, broken && is_framed(s->sink));
}

/* Bytes of the stream were lost: what comes next is not joined to what was. */
static void stream_break(void *arg, struct stream *s) {
	struct recorder *r = arg;

	stream_close(r, s, true);
	streams_settle(&r->streams, s, r->now_ns);
}

/* What comes later is a line of its own. */
static void stream_end(void *arg, struct stream *s) {
	struct recorder *r = arg;

	stream_close(r, s, false);
	streams_remove(&r->streams, s);
}

static void stream_cut(void *arg, struct stream *s) {
	struct recorder *r = arg;

	carry_cut(&s->line, &r->block, s->sink, s->process);
	for (int i = 0; i < FRAME_PARTS; i++)
		carry_cut(&s->parts[i], &r->block, s->sink, s->process);
	streams_settle(&r->streams, s, r->now_ns);
}

/* A record that nothing is joined to. */
static void put_alone(struct recorder *r, const struct carry_more *more, bool cut_before) {
	struct carry alone = {.cut_before = cut_before};

	carry_complete(&alone, &r->block, more, false);
}

static int feed_journal(struct recorder *r, const struct capture_write *w) {
	uint32_t writes = !w->continued;

	if (buf_reserve(&r->scratch, w->len) < 0)
		return -ENOMEM;
	for (size_t at = 0, took; at < w->len; at += took, writes = 0) {
		took = frame_journal(w->data + at, w->len - at, &r->scratch);
		put_alone(r,
		          &(struct carry_more){.sink = w->sink,
		                               .process = w->process,
		                               .time_ns = w->time_ns,
		                               .text = r->scratch.data,
		                               .len = r->scratch.len,
		                               .raw_bytes = took,
		                               .raw_writes = writes},
		          false);
		buf_wipe(&r->scratch);
	}
	return 0;
}

static int feed_datagram(struct recorder *r, const struct capture_write *w) {
	struct carry_more more = {.sink = w->sink,
	                          .process = w->process,
	                          .time_ns = w->time_ns,
	                          .text = w->len ? w->data : "",
	                          .len = w->len,
	                          .raw_bytes = w->len,
	                          .raw_writes = !w->continued};

	if (w->sink->framing == SINK_JOURNAL_FIELDS && w->len)
		return feed_journal(r, w);
	if (more.len && more.text[more.len - 1] == '\n')
		more.len--;
	put_alone(r, &more, false);
	return 0;
}

static bool parse_frame(struct recorder *r, const struct sink *sink, const char *line, size_t len, struct frame *ret) {
	return sink->framing == SINK_CRI ? frame_cri(line, len, ret) : frame_docker(line, len, &r->scratch, ret);
}

static void put_message(struct recorder *r, struct stream *s, const struct frame *f, struct carry_more *more) {
	struct carry *part = &s->parts[f->part];

	more->text = f->text;
	more->len = f->len;
	/* Without memory the parts stay apart. */
	if (f->partial && carry_reserve(part, f->len) == 0)
		carry_extend(part, &r->block, more);
	else
		carry_complete(part, &r->block, more, f->partial);
}

/* A complete line of a framed sink: `more` ends it. */
static void take_frame(struct recorder *r, struct stream *s, struct carry_more *more) {
	struct carry *line = &s->line;
	struct frame f;

	if (line->overlap || line->text.len + more->len > RECORD_MAX_BYTES) {
		carry_complete(line, &r->block, more, false);
		return;
	}
	if (line->text.len) {
		buf_append(&line->text, more->text, more->len);
		more->text = line->text.data;
		more->len = line->text.len;
		more->raw_bytes += line->raw_bytes;
		more->raw_writes += line->raw_writes;
		more->time_ns = line->time_ns;
	}
	if (parse_frame(r, s->sink, more->text, more->len, &f))
		put_message(r, s, &f, more);
	else
		put_alone(r, more, line->cut_before);
	buf_wipe(&r->scratch);
	carry_clear(line);
}

/* A complete line of a sink without frames. Most need no carry and no copy but the one into the block. */
static void take_line(struct recorder *r, struct carry *carry, const struct carry_more *more) {
	struct record rec;
	size_t len = more->len;

	if ((carry && !carry_empty(carry)) || len > RECORD_MAX_BYTES) {
		struct carry alone = {0};

		carry_complete(carry ? carry : &alone, &r->block, more, false);
		return;
	}
	if (len && more->text[len - 1] == '\r')
		len--;
	rec = (struct record){.sink = more->sink,
	                      .process = more->process,
	                      .time_ns = more->time_ns,
	                      .raw_bytes = more->raw_bytes,
	                      .raw_writes = more->raw_writes};
	block_put(&r->block, &rec, NULL, 0, more->text, len);
}

/* Everything that can fail, before anything is taken. *ret_stream is NULL when none is needed. */
static int prepare_stream(struct recorder *r, const struct capture_write *w, size_t tail, struct stream **ret_stream) {
	bool framed = is_framed(w->sink), whole = tail == w->len;
	struct stream *s = streams_find(&r->streams, w->sink, w->process);

	if (!s && (tail || framed || w->gap)) {
		s = streams_get(&r->streams, w->sink, w->process);
		if (!s)
			return -ENOMEM;
		if (w->gap)
			stream_break(r, s);
	}
	if (s) {
		/* A frame is parsed in one piece: the line's end joins its beginning in the carry. */
		bool joins = whole || (framed && s->line.text.len);

		if ((tail || joins) && carry_reserve(&s->line, joins ? w->len : tail) < 0)
			return -ENOMEM;
		if (framed && buf_reserve(&r->scratch, s->line.text.len + w->len) < 0)
			return -ENOMEM;
	}
	*ret_stream = s;
	return 0;
}

static int feed_stream(struct recorder *r, const struct capture_write *w) {
	const char *p = w->data, *end = w->data + w->len, *last = memrchr(w->data, '\n', w->len);
	size_t tail = (size_t)(last ? end - last - 1 : end - p);
	struct carry_more more = {
	    .sink = w->sink, .process = w->process, .time_ns = w->time_ns, .raw_writes = !w->continued};
	struct stream *s = NULL;
	int rc = prepare_stream(r, w, tail, &s);

	if (rc < 0)
		return rc;
	while (last && p <= last) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));

		more.text = p;
		more.len = (size_t)(newline - p);
		more.raw_bytes = more.len + 1;
		p = newline + 1;
		if (is_framed(w->sink))
			take_frame(r, s, &more);
		else
			take_line(r, s ? &s->line : NULL, &more);
		more = (struct carry_more){.sink = w->sink, .process = w->process, .time_ns = w->time_ns};
	}
	if (tail) {
		more.text = p;
		more.len = more.raw_bytes = tail;
		carry_extend(&s->line, &r->block, &more);
	}
	if (s)
		streams_settle(&r->streams, s, r->now_ns);
	return 0;
}

static bool is_datagram(const struct capture_write *w) {
	return w->datagram || !w->len || w->sink->framing == SINK_DATAGRAM || w->sink->framing == SINK_JOURNAL_FIELDS;
}

int recorder_feed(struct recorder *r, const struct capture_write *w) {
	struct stream *s;
	int rc;

	if (w->time_ns > r->now_ns)
		r->now_ns = w->time_ns;
	/* The lost bytes may have been any writer's. */
	if (w->gap)
		streams_each_of_sink(&r->streams, w->sink, stream_break, r);
	rc = is_datagram(w) ? feed_datagram(r, w) : feed_stream(r, w);
	if (rc < 0 && (s = streams_find(&r->streams, w->sink, w->process)))
		stream_break(r, s);
	return rc;
}

struct record_block *recorder_swap_block(struct recorder *r, struct record_block *empty) {
	struct record_block *full = r->block.filling;

	r->block.filling = empty;
	return full;
}

void recorder_hand_over(struct recorder *r) {
	block_hand_over(&r->block);
}

void recorder_process_exit(struct recorder *r, struct process *p) {
	streams_each_of_process(&r->streams, p, stream_end, r);
}

void recorder_sink_end(struct recorder *r, struct sink *s) {
	streams_each_of_sink(&r->streams, s, stream_end, r);
}

void recorder_tick(struct recorder *r, uint64_t now_ns) {
	struct stream *s;

	if (now_ns > r->now_ns)
		r->now_ns = now_ns;
	if (now_ns > RECORD_FORGET_NS)
		streams_each_settled(&r->streams, now_ns - RECORD_FORGET_NS, stream_end, r);
	if (now_ns > RECORD_IDLE_NS)
		streams_each_waiting(&r->streams, now_ns - RECORD_IDLE_NS, stream_cut, r);
	while (r->streams.len > STREAMS_MAX && (s = streams_oldest_settled(&r->streams)))
		stream_end(r, s);
	block_hand_over(&r->block);
}

bool recorder_awaits(const struct recorder *r) {
	return streams_any_waiting(&r->streams);
}

void recorder_flush(struct recorder *r) {
	streams_each(&r->streams, stream_end, r);
	block_hand_over(&r->block);
}
