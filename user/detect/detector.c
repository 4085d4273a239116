/* SPDX-License-Identifier: MIT */
#include "detect/detector.h"

#include "detect/sift.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A run of texts, or a piece of one, that is scanned in one go. */
struct slab {
	const char *bytes;
	size_t len;
	const struct detect_text *texts; /* starts are offsets in the block */
	size_t texts_len, texts_first;
	size_t origin; /* of bytes in the block */
	/* Of a piece: where it begins in its text, and which ends of matches belong to it. */
	bool is_piece;
	size_t piece_from, own_from, own_to;
	detect_match_fn fn;
	void *arg;
};

static bool allocate_places(struct detector *d) {
	struct places *const all[] = {&d->ends, &d->needed, &d->known, &d->groups, &d->spans, &d->keys, &d->encoded};
	const size_t n = sizeof(all) / sizeof(*all), room = SLAB_BYTES + PLACES_SPARE;
	uint16_t *items = calloc(n * room, sizeof(*items));

	for (size_t i = 0; items && i < n; i++)
		all[i]->at = items + i * room;
	return items;
}

static int detector_new_one(struct detector **ret, const struct detect_set *set) {
	struct detector *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->set = set;
	d->hits = calloc(HITS_MAX, sizeof(*d->hits));
	d->matches = calloc(MATCHES_MAX, sizeof(*d->matches));
	d->marks = calloc(set->rules->len + 1, sizeof(*d->marks));
	d->spoken_for = calloc(set->rules->len + 1, sizeof(*d->spoken_for));
	d->mask_words = calloc(MASK_KINDS * (SLAB_WORDS + MASK_SPARE) + 1, sizeof(*d->mask_words));
	if (!d->hits || !d->matches || !d->marks || !d->spoken_for || !d->mask_words || !allocate_places(d) ||
	    (set->anchors.db && hs_alloc_scratch(set->anchors.db, &d->scratch) != HS_SUCCESS)) {
		detector_free(d);
		return -ENOMEM;
	}
	masks_init(&d->masks, d->mask_words, SLAB_WORDS);
	*ret = d;
	return 0;
}

int detector_new(struct detector **ret, const struct detect_set *set) {
	struct detector *d;
	int err = detector_new_one(&d, set);

	if (err)
		return err;
	d->decoded = malloc(SLAB_BYTES);
	d->decoded_at = malloc((SLAB_BYTES + 1) * sizeof(*d->decoded_at));
	err = d->decoded && d->decoded_at ? detector_new_one(&d->second, set) : -ENOMEM;
	if (err) {
		detector_free(d);
		return err;
	}
	*ret = d;
	return 0;
}

void detector_free(struct detector *d) {
	if (!d)
		return;
	detector_free(d->second);
	free(d->decoded);
	free(d->decoded_at);
	hs_free_scratch(d->scratch);
	free(d->hits);
	free(d->matches);
	free(d->marks);
	free(d->spoken_for);
	free(d->mask_words);
	free(d->ends.at);
	free(d);
}

static int note_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg) {
	struct detector *d = arg;

	(void)from;
	(void)flags;
	if (d->hits_len < HITS_MAX) {
		d->hits[d->hits_len++] = (struct hit){to, id};
		return 0;
	}
	if (d->hits_may_drop) {
		d->counters.refused_overflow++;
		return 0;
	}
	d->hits_full = true;
	return 1;
}

static int compare_hits(const void *a, const void *b) {
	const struct hit *x = a, *y = b;

	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (int)x->anchor - (int)y->anchor;
}

/* Hyperscan's engines report one after the other, not in the order of the text. */
static void sort_hits(struct detector *d) {
	for (size_t i = 1; i < d->hits_len; i++)
		if (d->hits[i].end < d->hits[i - 1].end) {
			qsort(d->hits, d->hits_len, sizeof(*d->hits), compare_hits);
			return;
		}
}

static void report(struct detector *d, const struct slab *slab, size_t text) {
	const struct detect_set *set = d->set;
	size_t n = overlap_resolve(d->matches, d->matches_len, set->rules);

	for (size_t i = 0; i < n; i++) {
		const struct match *m = &d->matches[i];
		size_t end = m->end + slab->piece_from;

		if (slab->is_piece && (end <= slab->own_from || end > slab->own_to))
			continue;
		d->counters.matches++;
		slab->fn(slab->arg, &(struct detect_match){
		                        .rule = set->items[m->rule].rule,
		                        .text = slab->texts_first + text,
		                        .start = m->start + slab->piece_from,
		                        .end = end,
		                        .key_start = m->key_start + slab->piece_from,
		                        .key_end = m->key_end + slab->piece_from,
		                        .class = m->class,
		                        .confidence = m->confidence,
		                    });
	}
	d->matches_len = 0;
}

/* *hit: the first one that is not before the text. 0 or -EIO. */
static int scan_text(struct detector *d, const struct slab *slab, size_t text, size_t *hit) {
	size_t first;

	d->base = slab->is_piece ? 0 : slab->texts[text].start - slab->origin;
	d->len = slab->is_piece ? slab->len : slab->texts[text].len;
	d->s = slab->bytes + d->base;
	context_begin(d);
	while (*hit < d->hits_len && d->hits[*hit].end <= d->base)
		++*hit;
	for (first = *hit; *hit < d->hits_len && d->hits[*hit].end <= d->base + d->len;)
		++*hit;
	if (*hit > first)
		scan_hits(d, d->hits + first, *hit - first);
	scan_places(d);
	if (d->set->watchlist)
		scan_watchlist(d);
	int err = d->encoded.len ? scan_decoded(d) : 0;
	if (err)
		d->matches_len = 0;
	if (d->matches_len)
		report(d, slab, text);
	return err;
}

/* 0; -EAGAIN: too many hits for one go, nothing was reported; -EIO. */
static int scan_slab(struct detector *d, const struct slab *slab) {
	size_t hit = 0;

	d->hits_len = 0;
	d->hits_full = false;
	if (d->set->anchors.db && slab->len) {
		hs_error_t e = hs_scan(d->set->anchors.db, slab->bytes, slab->len, 0, d->scratch, note_hit, d);

		if (d->hits_full)
			return -EAGAIN;
		if (e != HS_SUCCESS)
			return -EIO;
	}
	sort_hits(d);
	masks_fill(&d->masks, slab->bytes, slab->len);
	bool encoded = sift_fill(&d->masks, &d->set->digits_plain, d->set->names.keys_like_hours, slab->len);
	context_fill(d, slab->bytes, slab->len);
	scan_fill(d, slab->bytes, slab->len);
	if (d->set->watchlist)
		watchlist_sift(d->set->watchlist, &d->masks, slab->bytes, slab->len);
	d->encoded.len = 0;
	if (encoded)
		scan_fill_decoded(d, slab->bytes, slab->len);
	int err = 0;
	for (size_t i = 0; i < slab->texts_len && !err; i++)
		err = scan_text(d, slab, i, &hit);
	return err;
}

/* Halves the limit until what is to be scanned has no more hits than there is room for. */
static bool give_way(struct detector *d, size_t *limit) {
	if (d->hits_may_drop)
		return false;
	if (*limit / 2 >= SLAB_BYTES_MIN)
		*limit /= 2;
	else
		d->hits_may_drop = true;
	return true;
}

/* A text longer than the limit, in pieces that overlap: a match belongs to the piece in whose own part it ends. */
static int scan_pieces(struct detector *d, struct slab *slab, const char *text, size_t len, size_t limit) {
	size_t from = 0, own_from = 0;

	while (own_from < len || !own_from) {
		size_t to = len - from > limit ? from + limit : len;

		slab->is_piece = true;
		slab->bytes = text + from;
		slab->len = to - from;
		slab->piece_from = from;
		slab->own_from = own_from;
		slab->own_to = to == len ? len : to - PIECE_OVERLAP_BYTES;
		int err = scan_slab(d, slab);
		if (err == -EAGAIN && give_way(d, &limit))
			continue;
		if (err)
			return err;
		if (to == len)
			break;
		own_from = slab->own_to;
		from = own_from - PIECE_OVERLAP_BYTES;
	}
	return 0;
}

/* How many of the texts fit into the limit together; 0: not even the first. */
static size_t texts_that_fit(const struct detect_text *texts, size_t len, size_t limit) {
	size_t n = 0;

	while (n < len && texts[n].start + texts[n].len - texts[0].start <= limit)
		n++;
	return n;
}

static int scan_texts(struct detector *d, const char *block, struct slab *slab, const struct detect_text *texts,
                      size_t texts_len, size_t *ret_done) {
	size_t limit = SLAB_BYTES, n;
	int err;

	d->hits_may_drop = false;
	do {
		n = texts_that_fit(texts, texts_len, limit);
		slab->texts = texts;
		slab->texts_len = n ? n : 1;
		slab->origin = texts[0].start;
		slab->is_piece = false;
		slab->piece_from = 0;
		slab->bytes = block + texts[0].start;
		if (!n) {
			err = scan_pieces(d, slab, slab->bytes, texts[0].len, limit);
			break;
		}
		slab->len = texts[n - 1].start + texts[n - 1].len - texts[0].start;
		err = scan_slab(d, slab);
	} while (err == -EAGAIN && give_way(d, &limit));
	*ret_done = n ? n : 1;
	return err;
}

int detector_scan(struct detector *d, const char *block, size_t len, const struct detect_text *texts, size_t texts_len,
                  detect_match_fn fn, void *arg) {
	struct slab slab = {.fn = fn, .arg = arg};
	int err = 0;

	for (size_t i = 0, done; i < texts_len && !err; i += done) {
		slab.texts_first = i;
		err = scan_texts(d, block, &slab, texts + i, texts_len - i, &done);
	}
	d->counters.bytes += len;
	d->counters.texts += texts_len;
	return err;
}

void detector_counters(const struct detector *d, struct detect_counters *ret) {
	*ret = d->counters;
	ret->refused_overflow += d->second->counters.refused_overflow;
}
