/* SPDX-License-Identifier: MIT */
/* The working memory of one thread that scans, and the steps of a scan. Everything is allocated once. */
#ifndef DETECT_DETECTOR_H
#define DETECT_DETECTOR_H

#include "detect/key.h"
#include "detect/mask.h"
#include "detect/place.h"
#include "detect/set.h"

#define SLAB_BYTES (16u * 1024) /* scanned in one go: text and masks stay in the first-level cache */
#define SLAB_WORDS (SLAB_BYTES / 64)
#define SLAB_BYTES_MIN 4096u     /* after halving because of too many hits */
#define PIECE_OVERLAP_BYTES 512u /* a longer text is cut into pieces that overlap by twice this */
#define HITS_MAX 8192u
#define MATCHES_MAX 2048u
#define COLUMNS_MAX 64u
#define SIGHTINGS_MAX 128u
#define AGAINST_MAX 16u
#define ALONE_TEXT_MAX 48u      /* a longer text is more than one value */
#define SIGHTING_TEXT_MAX 2048u /* names of a longer text are looked for near each value instead */

struct hit {
	uint32_t end, anchor;
};

struct match {
	uint32_t start, end, key_start, key_end;
	uint16_t rule;
	uint8_t class;
	enum { MATCH_OPEN, MATCH_KEPT, MATCH_DROPPED } state : 8; /* while overlaps are resolved */
	float confidence;
};

/* A name that a rule knows, somewhere in the text. */
struct sighting {
	uint32_t start, end;
	const struct name *name;
	bool own; /* of those near a value: its key, or a part of that */
};

/* What has been seen near the value that context_find() was last called for. */
struct context_mark {
	uint32_t generation; /* in which a name that speaks for the rule was seen */
	uint32_t start, end; /* of the one nearest to the value */
	bool direct;         /* it stands in the value's own key, or right before the value */
};

struct detector {
	const struct detect_set *set;
	hs_scratch_t *scratch;
	struct hit *hits;
	size_t hits_len;
	bool hits_full, hits_may_drop;
	struct masks masks;
	uint64_t *mask_words; /* theirs */
	struct places ends;   /* of words */
	struct places needed; /* those of them at which a name may end that some rule needs */
	struct places known;  /* at which a name of any kind may end, of those looked for last */
	struct places groups; /* first digits of groups at which a shape that needs no context may begin */
	struct places spans, keys;
	struct places encoded;   /* what is read a second time, decoded */
	struct detector *second; /* which reads it; NULL: we are that */
	char *decoded;
	uint16_t *decoded_at; /* where each byte of it stands in the text */
	struct match *matches;
	size_t matches_len;
	struct context_mark *marks; /* by index of the rule */
	uint32_t generation;
	uint32_t key_is_foreign; /* generation in which the value's own key, or the word before it, was of something else */
	size_t context_value;    /* the value it was found for, SIZE_MAX: none */
	struct sighting against[AGAINST_MAX]; /* those near the value that speak against some rule */
	size_t against_len;
	struct sighting sightings[SIGHTINGS_MAX]; /* in the order of their ends */
	size_t sightings_len;
	size_t sighted_to;                /* sightings are all those before this offset of the text */
	bool needed_known;                /* spoken_for says of every rule whether the text has a name that it needs */
	uint32_t *spoken_for;             /* by index of the rule: number of the last text with a name that it needs */
	uint32_t text;                    /* number of the text at hand */
	uint64_t spoken_lens[DIGIT_NONE]; /* of first groups with which their shapes may begin; unknown: all */
	struct key_column columns[COLUMNS_MAX];
	size_t columns_len;
	/* The text at hand. */
	const char *s;
	size_t len;
	size_t base; /* its first byte in the masks */
	const struct digit_table *table;
	struct detect_counters counters;
};

/* context.c */
void context_fill(struct detector *d, const char *slab, size_t len); /* for each slab, when its masks are there */
void context_begin(struct detector *d);                              /* for each text, before anything else of it */
void context_find(struct detector *d, size_t value);
static inline const struct context_mark *context_of(const struct detector *d, uint16_t rule) {
	const struct context_mark *m = &d->marks[rule];

	return m->generation == d->generation ? m : NULL;
}

/* May the text hold what the rule needs nearby? False is sure. */
static inline bool context_may_speak(const struct detector *d, uint16_t rule) {
	return !d->needed_known || d->spoken_for[rule] == d->text;
}
/* Does the value's own key, or the word right before it, end with a name that speaks for some rule? A look at that
 * alone. */
bool context_key_speaks(const struct detector *d, size_t value);
/* Does a name near the value that context_find() was called for speak against the rule? Not if the one that speaks for
 * it stands between them. */
bool context_speaks_against(const struct detector *d, uint16_t rule, const struct context_mark *context);

/* confirm.c */
struct candidate {
	uint16_t rule;
	const struct shape *shape; /* what it was matched by, to be matched again when cut shorter; NULL: none */
	size_t start, end;
	size_t key_start, key_end; /* keyed: of the key, else empty or known from the form of the value */
	bool keyed;                /* the value of a key of the rule */
	bool bounded;              /* boundaries have been judged */
	bool encoded, may_shrink;  /* see struct span */
};
/* May the rule match a value that is the whole text, without the context that it needs elsewhere? */
static inline bool rule_may_stand_alone(const struct detector *d, const struct rule *rule) {
	return rule->confidence_alone >= d->set->min_confidence && d->len <= ALONE_TEXT_MAX;
}
bool confirm(struct detector *d, const struct candidate *c); /* true: a match was noted */
bool note_match(struct detector *d, const struct match *m);
/* May a value begin, or end, here? Letters, digits and their joints go on; escapes do not. */
bool left_is_open(const struct detector *d, size_t start);
bool right_is_open(const struct detector *d, size_t end);
/* %40, =40 and \u0040 become what they stand for, and plus signs as a form has them blanks; returns the length. */
#define DECODED_MAX 320
size_t value_decode(char ret[DECODED_MAX], const char *v, size_t len, bool of_form);
/* What it is decoded either way. */
enum check_class value_check_decoded(check_fn check, const char *v, size_t len);
/* Seconds, milli-, micro- or nanoseconds since 1970, of the years 2014 to 2033. */
bool is_epoch(const char *s, size_t len);

/* scan.c, scan_group.c, scan_key.c: for each slab, where there may be a candidate; then those of the text at hand */
void scan_fill(struct detector *d, const char *slab, size_t len);
void scan_fill_groups(struct detector *d, const char *slab, size_t len);
void scan_fill_keys(struct detector *d, const char *slab, size_t len);
void scan_hits(struct detector *d, const struct hit *hits, size_t len);
void scan_places(struct detector *d);
bool confirm_shape(struct detector *d, const struct set_shape *shape, size_t start, size_t len);
void scan_shape(struct detector *d, const struct set_shape *shape, size_t start);
void scan_group(struct detector *d, size_t first_digit);
void scan_all_groups(struct detector *d);            /* also those at which only a shape that needs context may begin */
void scan_key(struct detector *d, size_t separator); /* `=`, `:`, `>` or `%` */
void scan_columns(struct detector *d);               /* of an INSERT */

/* scan_decoded.c: the text at hand again, decoded: values that are only found so. 0 or -EIO */
void scan_fill_decoded(struct detector *d, const char *slab, size_t len);
int scan_decoded(struct detector *d);

/* overlap.c: sorts by start and keeps the better of matches that overlap; returns how many are left. */
size_t overlap_resolve(struct match *m, size_t len, const struct rules *rules);

#endif
