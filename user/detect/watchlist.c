/* SPDX-License-Identifier: MIT */
#include "detect/watchlist.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/hex.h"
#include "detect/byte.h"
#include "detect/mask.h"
#include "detect/watchlist_file.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MIN WATCHLIST_VALUE_MIN
#define WINDOW_MAX 8u
#define TIERS (WINDOW_MAX - WINDOW_MIN + 1)
#define LONG_BYTES (WINDOW_MAX + 4)
#define BEFORE_BYTES 4
#define NONE UINT32_MAX
#define SHARED_MAX 256 /* values with one window, where it can be helped */

/* A value from its window on. */
struct entry {
	uint32_t start;  /* of the window in the texts */
	uint32_t parent; /* the longest other entry that this one begins with; NONE */
	uint8_t len;     /* from the window to the end */
	uint8_t before;  /* bytes of the value in front of the window */
};

struct slot {
	uint32_t first, len; /* entries with one window; len 0: free */
};

/* All values whose window has the same length. */
struct tier {
	struct entry *entries; /* in order of their bytes, so that those with one window lie together */
	size_t len, cap;
	uint64_t *filter; /* 16 bits an entry, two of them set: a window that no value has passes once in 100 */
	/* The same of the first LONG_BYTES of entries and what the value has before them; of the window of shorter ones.
	 * Where many values have one window, it spares the search among them. NULL: no entry has so many. */
	uint64_t *long_filter;
	bool has_short;
	struct slot *slots;
	unsigned filter_bits, slot_bits; /* of their sizes */
};

struct watchlist {
	struct buf texts; /* one after the other */
	struct tier tiers[TIERS];
	bool first[256]; /* first bytes of windows */
	bool has_others;
	/* Bit n: the first word of some window is n letters and digits long, the last stands for more. A value stands
	 * alone, so that no word of a text is longer than that of the value. */
	uint16_t by_letter, by_digit; /* it begins with a letter, with a digit */
};

const struct rule watchlist_rule = {
    .id = (char *)"watchlist.value",
    .name = (char *)"Value of a watch list",
    .entity = (char *)"WATCHLIST",
    .category = (char *)"custom",
    .region = (char *)"global",
    .severity = RULE_HIGH,
    .impact = 5,
    .confidence = 1,
    .confidence_context = 1,
    .mask = {.style = RULE_MASK_NONE_SHOWN},
    .precedence = RULE_SPECIFIC,
    .remediation = (char *)"A value that you are watching for was logged. Find the log statement that wrote it and log "
                           "an internal reference instead; replace the value if it is a credential.",
};

static inline uint64_t window_load(const char *s, size_t len) {
	uint64_t bytes = 0;

	memcpy(&bytes, s, len < sizeof(bytes) ? len : sizeof(bytes));
	return le64toh(bytes);
}

static inline uint64_t window_hash(uint64_t bytes, unsigned window) {
	uint64_t h = bytes << (64 - 8 * window);

	return (h ^ h >> 29) * 0x9e3779b97f4a7c15ull;
}

static inline uint64_t filter_mask(uint64_t hash) {
	return 1ull << (hash >> 34 & 63) | 1ull << (hash >> 40 & 63);
}

/* Of LONG_BYTES, and of BEFORE_BYTES in front of them. */
static inline uint64_t long_hash(const char *s, bool before) {
	uint64_t h = window_hash(window_load(s, WINDOW_MAX), WINDOW_MAX) ^
	             window_load(s + WINDOW_MAX, LONG_BYTES - WINDOW_MAX) ^
	             (before ? window_load(s - BEFORE_BYTES, BEFORE_BYTES) << 32 : 0);

	return (h ^ h >> 29) * 0x9e3779b97f4a7c15ull;
}

static unsigned bits_for(size_t n) {
	unsigned bits = 1;

	while ((size_t)1 << bits < n)
		bits++;
	return bits;
}

/* While the values come in. */
struct builder {
	struct watchlist *w;
	uint32_t *starts;
	uint8_t *lens;
	size_t len, cap;
};

static int add_value(void *arg, const char *value, size_t len) {
	struct builder *b = arg;

	if (b->len == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 1024;
		uint32_t *starts = reallocarray(b->starts, cap, sizeof(*starts));

		b->starts = starts ? starts : b->starts;
		uint8_t *lens = starts ? realloc(b->lens, cap) : NULL;
		if (!lens)
			return -ENOMEM;
		b->lens = lens;
		b->cap = cap;
	}
	if (b->w->texts.len > UINT32_MAX - len || buf_append(&b->w->texts, value, len))
		return -ENOMEM;
	b->starts[b->len] = (uint32_t)(b->w->texts.len - len);
	b->lens[b->len++] = (uint8_t)len;
	return 0;
}

/* Where a window may begin: at a word. */
static bool may_begin(const char *v, size_t len, size_t at) {
	return len - at >= WINDOW_MIN && byte_is_alnum(v[at]) && (!at || !byte_is_alnum(v[at - 1]));
}

static unsigned window_at(size_t len, size_t at) {
	return len - at < WINDOW_MAX ? (unsigned)(len - at) : WINDOW_MAX;
}

static size_t count_slot(const char *v, size_t len, size_t at, unsigned bits) {
	return window_hash(window_load(v + at, len - at), window_at(len, at)) >> (64 - bits);
}

static void count_windows(const struct builder *b, uint32_t *counts, unsigned bits) {
	for (size_t i = 0; i < b->len; i++) {
		const char *v = b->w->texts.data + b->starts[i];

		for (size_t at = 0; at + WINDOW_MIN <= b->lens[i]; at++)
			if (may_begin(v, b->lens[i], at))
				counts[count_slot(v, b->lens[i], at, bits)]++;
	}
}

static size_t choose_window(const char *v, size_t len, const uint32_t *counts, unsigned bits) {
	uint32_t fewest = UINT32_MAX;
	size_t best = 0;

	for (size_t at = 0; at + WINDOW_MIN <= len; at++) {
		if (!may_begin(v, len, at))
			continue;
		uint32_t n = counts[count_slot(v, len, at, bits)];

		if (n < fewest) {
			fewest = n;
			best = at;
		}
	}
	/* Names in other scripts at one domain, say: a look at more places is cheaper than at all values for each. */
	return fewest > SHARED_MAX && !byte_is_alnum(v[0]) ? 0 : best;
}

static int add_entry(struct watchlist *w, uint32_t start, size_t len, size_t at) {
	struct tier *t = &w->tiers[window_at(len, at) - WINDOW_MIN];
	char first = w->texts.data[start + at];

	if (t->len == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct entry *entries = reallocarray(t->entries, cap, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		t->entries = entries;
		t->cap = cap;
	}
	t->entries[t->len++] = (struct entry){
	    .start = start + (uint32_t)at, .parent = NONE, .len = (uint8_t)(len - at), .before = (uint8_t)at};
	unsigned word = 0;

	while (word < WINDOW_MAX && word < len - at && byte_is_alnum(w->texts.data[start + at + word]))
		word++;
	*(byte_is_digit(first) ? &w->by_digit : &w->by_letter) |= (uint16_t)(1u << word);
	w->first[(unsigned char)first] = true;
	w->has_others |= !byte_is_alnum(first);
	return 0;
}

static int choose_windows(const struct builder *b) {
	const struct watchlist *w = b->w;
	/* Values have about four words; that some windows are counted together does no harm. */
	unsigned bits = bits_for(b->len * 8);
	_cleanup_free_ uint32_t *counts = calloc((size_t)1 << bits, sizeof(*counts));
	int err = counts ? 0 : -ENOMEM;

	if (counts)
		count_windows(b, counts, bits);
	for (size_t i = 0; i < b->len && !err; i++)
		err = add_entry(b->w, b->starts[i], b->lens[i],
		                choose_window(w->texts.data + b->starts[i], b->lens[i], counts, bits));
	return err;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len) {
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_entries(const void *a, const void *b, void *texts) {
	const struct entry *x = a, *y = b;
	const char *t = texts;
	int order = compare_bytes(t + x->start, x->len, t + y->start, y->len);

	return order ? order : compare_bytes(t + x->start - x->before, x->before, t + y->start - y->before, y->before);
}

static void drop_duplicates(struct tier *t, char *texts) {
	size_t kept = 0;

	for (size_t i = 0; i < t->len; i++)
		if (!kept || compare_entries(&t->entries[kept - 1], &t->entries[i], texts))
			t->entries[kept++] = t->entries[i];
	t->len = kept;
}

/* In their order, whatever an entry begins with is the one before it, or its parent, or that one's. */
static void find_parents(struct tier *t, const char *texts) {
	for (size_t i = 1; i < t->len; i++) {
		const struct entry *e = &t->entries[i];
		uint32_t p = (uint32_t)i - 1;

		while (p != NONE && (t->entries[p].len > e->len ||
		                     memcmp(texts + t->entries[p].start, texts + e->start, t->entries[p].len) != 0))
			p = t->entries[p].parent;
		t->entries[i].parent = p;
	}
}

static struct slot *find_slot(const struct tier *t, const char *texts, const char *s, unsigned window, uint64_t hash) {
	size_t last = ((size_t)1 << t->slot_bits) - 1, i = hash >> (64 - t->slot_bits);

	while (t->slots[i].len && memcmp(texts + t->entries[t->slots[i].first].start, s, window) != 0)
		i = (i + 1) & last;
	return &t->slots[i];
}

static inline bool passes(const struct tier *t, const uint64_t *filter, uint64_t hash) {
	uint64_t mask = filter_mask(hash);

	return (filter[hash >> (64 - t->filter_bits)] & mask) == mask;
}

static void let_pass(const struct tier *t, uint64_t *filter, uint64_t hash) {
	filter[hash >> (64 - t->filter_bits)] |= filter_mask(hash);
}

static int fill_long_filter(struct tier *t, const char *texts) {
	t->long_filter = calloc((size_t)1 << t->filter_bits, sizeof(*t->long_filter));
	if (!t->long_filter)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++) {
		const struct entry *e = &t->entries[i];
		const char *s = texts + e->start;
		bool is_short = e->len < LONG_BYTES;

		t->has_short |= is_short;
		let_pass(t, t->long_filter,
		         is_short ? window_hash(window_load(s, WINDOW_MAX), WINDOW_MAX)
		                  : long_hash(s, e->before >= BEFORE_BYTES));
	}
	return 0;
}

static int index_tier(struct tier *t, unsigned window, char *texts) {
	if (!t->len)
		return 0;
	qsort_r(t->entries, t->len, sizeof(*t->entries), compare_entries, texts);
	drop_duplicates(t, texts);
	find_parents(t, texts);
	t->filter_bits = bits_for(t->len / 4);
	t->slot_bits = bits_for(t->len * 2);
	t->filter = calloc((size_t)1 << t->filter_bits, sizeof(*t->filter));
	t->slots = calloc((size_t)1 << t->slot_bits, sizeof(*t->slots));
	if (!t->filter || !t->slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->len; i++) {
		const char *s = texts + t->entries[i].start;
		uint64_t hash = window_hash(window_load(s, window), window);
		struct slot *slot = find_slot(t, texts, s, window, hash);

		let_pass(t, t->filter, hash);
		if (!slot->len++)
			slot->first = (uint32_t)i;
	}
	return window == WINDOW_MAX ? fill_long_filter(t, texts) : 0;
}

int watchlist_new(struct watchlist **ret, const char *const *paths, size_t paths_len, struct diags *ret_diags) {
	struct watchlist *w = calloc(1, sizeof(*w));
	struct builder b = {.w = w};
	bool failed = false;
	int err = w ? 0 : -ENOMEM;

	for (size_t i = 0; i < paths_len && !err; i++) {
		err = watchlist_file_read(paths[i], add_value, &b, ret_diags);
		failed |= err == -EINVAL;
		err = err == -EINVAL ? 0 : err;
	}
	if (!err && failed)
		err = -EINVAL;
	if (!err)
		err = choose_windows(&b);
	for (unsigned i = 0; i < TIERS && !err; i++)
		err = index_tier(&w->tiers[i], WINDOW_MIN + i, w->texts.data);
	free(b.starts);
	free(b.lens);
	if (err)
		watchlist_free(w);
	else
		*ret = w;
	return err;
}

void watchlist_free(struct watchlist *w) {
	if (!w)
		return;
	for (size_t i = 0; i < TIERS; i++) {
		struct tier *t = &w->tiers[i];

		if (t->filter)
			explicit_bzero(t->filter, sizeof(*t->filter) << t->filter_bits);
		if (t->long_filter)
			explicit_bzero(t->long_filter, sizeof(*t->long_filter) << t->filter_bits);
		free(t->filter);
		free(t->long_filter);
		free(t->slots);
		free(t->entries);
	}
	buf_release(&w->texts);
	free(w);
}

static bool are_hex(const char *s, size_t len, size_t at, size_t n) {
	return at <= len && len - at >= n && hex_value(s + at, n) >= 0;
}

/* Bytes of the word at `at` that belong to an escape begun before it: \n, \u0022, \x1b, %22, an ANSI colour. */
static size_t escape_rest(const char *s, size_t len, size_t at) {
	size_t n = 0;

	switch (s[at - 1]) {
	case '\\':
		if (s[at] == 'u')
			return are_hex(s, len, at + 1, 4) ? 5 : 0;
		if (s[at] == 'x')
			return are_hex(s, len, at + 1, 2) ? 3 : 0;
		return memchr("nrtfb", s[at], 5) != NULL;
	case '%':
		return are_hex(s, len, at, 2) ? 2 : 0;
	case '[':
	case ';':
		while (at + n < len && byte_is_digit(s[at + n]))
			n++;
		return at + n < len && s[at + n] == 'm' ? n + 1 : 0;
	}
	return 0;
}

/* Of the words that begin in word i of the masks, those as long as that of some window. */
static inline __attribute__((always_inline)) uint64_t fitting_words(const struct watchlist *w, const struct masks *m,
                                                                    size_t i, uint64_t words) {
	uint64_t digits = words & m->digit[i], letters = words & ~digits, goes_on = ~0ull, fitting = 0;

	for (unsigned n = 1; n < WINDOW_MAX; n++) {
		uint64_t longer = goes_on & mask_join(m->alnum, i, n), ends = goes_on & ~longer;

		fitting |= ends & ((w->by_letter >> n & 1 ? letters : 0) | (w->by_digit >> n & 1 ? digits : 0));
		goes_on = longer;
	}
	return fitting |
	       (goes_on & ((w->by_letter >> WINDOW_MAX & 1 ? letters : 0) | (w->by_digit >> WINDOW_MAX & 1 ? digits : 0)));
}

static void sift_escapes(const struct masks *m, const char *s, size_t len, size_t base, uint64_t bits) {
	for (; bits; bits &= bits - 1) {
		size_t at = base + (size_t)__builtin_ctzll(bits), rest = at ? escape_rest(s, len, at) : 0;

		if (rest && at + rest < len)
			m->named[(at + rest) >> 6] |= 1ull << ((at + rest) & 63);
	}
}

/* Without a branch that depends on the bytes: words are too many and too different for it to be foretold. */
static inline __attribute__((always_inline)) uint64_t sift_tier(const struct tier *t, unsigned window, const char *s,
                                                                size_t len, uint64_t bits) {
	const bool roomy = len >= 64 + WINDOW_MAX;
	uint64_t passed = 0;

	for (; bits; bits &= bits - 1) {
		unsigned k = (unsigned)__builtin_ctzll(bits);
		uint64_t bytes = roomy || len - k >= WINDOW_MAX ? window_load(s + k, WINDOW_MAX) : window_load(s + k, len - k);

		passed |= (uint64_t)passes(t, t->filter, window_hash(bytes, window)) << k;
	}
	return passed;
}

DETECT_NEWER_CPUS void watchlist_sift(const struct watchlist *w, const struct masks *m, const char *s, size_t len) {
	const uint64_t others = w->has_others ? ~0ull : 0;
	bool escapes = memchr(s, '\\', len) || memchr(s, '%', len) || memchr(s, '\033', len);
	uint64_t carry = 0;

	memset(m->named, 0, (len + 63) / 64 * sizeof(*m->named));
	for (size_t i = 0; i << 6 < len; i++) {
		uint64_t alnum = m->alnum[i], words = alnum & ~(alnum << 1 | carry);
		uint64_t places = fitting_words(w, m, i, words) | (~alnum & others);
		size_t base = i << 6;

		carry = alnum >> 63;
		if (len - base < 64)
			places &= ~(~0ull << (len - base));
		for (unsigned k = 0; k < TIERS; k++)
			if (w->tiers[k].len)
				m->named[i] |= sift_tier(&w->tiers[k], WINDOW_MIN + k, s + base, len - base, places);
		if (escapes)
			sift_escapes(m, s, len, base, words);
	}
}

/* The last of the slot's entries that is not behind the text in order. Whatever the text begins with is that entry, or
 * its parent, or that one's. */
static uint32_t last_not_behind(const struct tier *t, const char *texts, const struct slot *slot, const char *s,
                                size_t len) {
	uint32_t lo = slot->first, hi = slot->first + slot->len;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (compare_bytes(texts + t->entries[mid].start, t->entries[mid].len, s, len) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > slot->first ? lo - 1 : NONE;
}

struct place {
	const char *s;
	size_t len, at;
};

static bool may_be_there(const struct tier *t, uint64_t hash, const struct place *p) {
	const char *here = p->s + p->at;

	if (!t->long_filter || (t->has_short && passes(t, t->long_filter, hash)))
		return true;
	return p->len - p->at >= LONG_BYTES &&
	       (passes(t, t->long_filter, long_hash(here, false)) ||
	        (p->at >= BEFORE_BYTES && passes(t, t->long_filter, long_hash(here, true))));
}

static void find_in_tier(const struct watchlist *w, const struct tier *t, unsigned window, uint64_t hash,
                         const struct place *p, watchlist_fn fn, void *arg) {
	const char *texts = w->texts.data, *here = p->s + p->at;
	const struct slot *slot = find_slot(t, texts, here, window, hash);
	uint32_t i = slot->len ? last_not_behind(t, texts, slot, here, p->len - p->at) : NONE;

	for (; i != NONE; i = t->entries[i].parent) {
		const struct entry *e = &t->entries[i];

		if (e->len <= p->len - p->at && e->before <= p->at && !memcmp(texts + e->start, here, e->len) &&
		    !memcmp(texts + e->start - e->before, here - e->before, e->before))
			fn(arg, p->at - e->before, p->at + e->len);
	}
}

void watchlist_find(const struct watchlist *w, const char *s, size_t len, size_t at, watchlist_fn fn, void *arg) {
	if (!w->first[(unsigned char)s[at]])
		return;
	/* A load of fixed length, wherever there is room for it, is a single instruction. */
	uint64_t bytes = len - at >= WINDOW_MAX ? window_load(s + at, WINDOW_MAX) : window_load(s + at, len - at);

	for (unsigned i = 0; i < TIERS && WINDOW_MIN + i <= len - at; i++) {
		const struct tier *t = &w->tiers[i];

		if (!t->len)
			continue;
		const struct place place = {s, len, at};
		uint64_t hash = window_hash(bytes, WINDOW_MIN + i);

		if (passes(t, t->filter, hash) && may_be_there(t, hash, &place))
			find_in_tier(w, t, WINDOW_MIN + i, hash, &place, fn, arg);
	}
}
