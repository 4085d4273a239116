/* SPDX-License-Identifier: MIT */
#include "detect/name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS(f)                                                                                                     \
	f('a') f('b') f('c') f('d') f('e') f('f') f('g') f('h') f('i') f('j') f('k') f('l') f('m') f('n') f('o') f('p')    \
	    f('q') f('r') f('s') f('t') f('u') f('v') f('w') f('x') f('y') f('z')
#define DIGITS(f) f('0') f('1') f('2') f('3') f('4') f('5') f('6') f('7') f('8') f('9')
#define SIXTEEN(f, b)                                                                                                  \
	f(b) f(b + 1) f(b + 2) f(b + 3) f(b + 4) f(b + 5) f(b + 6) f(b + 7) f(b + 8) f(b + 9) f(b + 10) f(b + 11)          \
	    f(b + 12) f(b + 13) f(b + 14) f(b + 15)
#define SELF(c) [c] = (c),
#define BOTH(c) [c] = (c), [(c)-32] = (c),

const uint8_t name_fold[256] = {
    LETTERS(BOTH) DIGITS(SELF)
    /* Bytes of UTF-8 letters count as letters. */
    SIXTEEN(SELF, 0x80) SIXTEEN(SELF, 0x90) SIXTEEN(SELF, 0xa0) SIXTEEN(SELF, 0xb0) SIXTEEN(SELF, 0xc0)
        SIXTEEN(SELF, 0xd0) SIXTEEN(SELF, 0xe0) SIXTEEN(SELF, 0xf0)['_'] = NAME_JOIN,
    ['-'] = NAME_JOIN,
    ['.'] = NAME_JOIN,
    ['/'] = NAME_JOIN,
    [' '] = NAME_JOIN,
    ['\\'] = NAME_JOIN,
    ['"'] = NAME_JOIN,
    ['['] = NAME_JOIN,
};

static bool is_upper(unsigned char c) {
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(unsigned char c) {
	return c >= 'a' && c <= 'z';
}

static bool is_digit(unsigned char c) {
	return c >= '0' && c <= '9';
}

bool name_word_starts_slow(const char *s, size_t lo, size_t at, size_t hi) {
	unsigned char c = s[at], before = at > lo ? s[at - 1] : ' ';

	if (!name_is_word(before))
		return true;
	/* In `\nssn` the n belongs to the escape. */
	if (at >= lo + 2 && s[at - 2] == '\\' && strchr("nrt", before) && before)
		return true;
	return (is_upper(c) && !is_upper(before)) || (is_digit(before) && !is_digit(c)) ||
	       (is_upper(c) && at + 1 < hi && is_lower(s[at + 1]));
}

bool name_word_ends(const char *s, size_t end, size_t hi) {
	unsigned char c = s[end - 1], after = end < hi ? s[end] : ' ';

	if (!name_is_word(after))
		return true;
	return (is_lower(c) && is_upper(after)) || (!is_digit(c) && is_digit(after));
}

static uint64_t entry_hash(const struct name_entry *e) {
	uint64_t h = 0;

	for (size_t i = e->len; i-- > 0;)
		h = name_hash_step(h, (uint8_t)e->text[i]);
	return h ? h : 1;
}

static void enter_ends(struct name_ends *ends, const struct name_entry *e) {
	uint64_t h = 0;

	for (size_t i = e->len; i-- > 0;) {
		h = name_hash_step(h, (uint8_t)e->text[i]);
		ends->ends[(h % NAME_ENDS_BITS) >> 3] |= 1u << (h & 7);
	}
	tails_enter(&ends->tails, e->text, e->len);
}

static int compare_entries(const void *a, const void *b) {
	const struct name_entry *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = memcmp(x->text, y->text, n);

	if (c)
		return c;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	if (x->use.role != y->use.role)
		return x->use.role < y->use.role ? -1 : 1;
	return (int)x->use.rule - y->use.rule;
}

static struct name *slot_of(const struct names *n, uint64_t hash) {
	size_t i = hash & n->slots_mask;

	while (n->slots[i].hash && n->slots[i].hash != hash)
		i = (i + 1) & n->slots_mask;
	return &n->slots[i];
}

const struct name *names_find(const struct names *n, uint64_t hash) {
	const struct name *found = slot_of(n, hash ? hash : 1);

	return found->hash ? found : NULL;
}

static bool ends_like_hours(const struct name_entry *e) {
	return e->len > 1 && is_digit((unsigned char)e->text[e->len - 1]) && is_digit((unsigned char)e->text[e->len - 2]);
}

int names_init(struct names *ret, struct name_entry *entries, size_t len) {
	struct names n = {.slots_mask = 63,
	                  .words.tails.letters_max = TAIL_MAX,
	                  .needed.tails.letters_max = TAIL_MAX,
	                  .keys.tails = {.letters_max = TAIL_LOOSE_MIN, .has_parents = true}};

	while (n.slots_mask < 4 * len)
		n.slots_mask = n.slots_mask * 2 + 1;
	n.slots = calloc(n.slots_mask + 1, sizeof(*n.slots));
	n.uses = calloc(len + 1, sizeof(*n.uses));
	if (!n.slots || !n.uses) {
		names_release(&n);
		return -ENOMEM;
	}
	/* Equal names come together, so that the uses of each lie side by side. */
	qsort(entries, len, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < len; i++) {
		const struct name_entry *e = &entries[i];

		if (!e->len)
			continue;
		struct name *slot = slot_of(&n, entry_hash(e));
		if (!slot->hash)
			*slot = (struct name){.hash = entry_hash(e), .uses = i};
		++*(e->use.role <= NAME_KEY_END ? &slot->keys_len : e->use.role < NAME_NEAR ? &slot->for_len : &slot->near_len);
		slot->needed = slot->needed || e->use.role == NAME_NEEDED;
		n.uses[i] = e->use;
		n.len_max = e->len > n.len_max ? e->len : n.len_max;
		if (e->use.role > NAME_KEY_END)
			enter_ends(&n.words, e);
		if (e->use.role == NAME_NEEDED)
			enter_ends(&n.needed, e);
		if (e->use.role <= NAME_KEY_END) {
			enter_ends(&n.keys, e);
			n.keys_like_hours = n.keys_like_hours || ends_like_hours(e);
		}
	}
	*ret = n;
	return 0;
}

void names_release(struct names *n) {
	free(n->slots);
	free(n->uses);
	n->slots = NULL;
	n->uses = NULL;
}
