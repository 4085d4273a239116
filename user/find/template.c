/* SPDX-License-Identifier: MIT */
#include "find/template.h"

#include "find/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REACH 4096          /* bytes of the record that are looked at behind the value, and at least before it */
#define TOKENS_AFTER_MAX 24 /* words and pairs behind it: those a few bytes shorter reach no further */
#define PIECES_MAX 8        /* of a word in camelCase or snake_case */

/* A reader of one record. Items before the value are kept to the last ones, behind it to the first ones. */
struct reader {
	const char *text;
	size_t len;        /* what is looked at */
	size_t start, end; /* the value */
	size_t at;
	size_t words_after, tokens_after;
	bool past_value;
	struct template *t;
};

struct span {
	size_t start, end;
};

enum class { LOWER = 1, UPPER = 2, DIGIT = 4, WORD = 8, BLANK = 16, QUOTE = 32, ENDS = 64 };

/* Each byte of a record is asked several times what it is. */
static const uint8_t classes[256] = {
    ['a' ... 'z'] = LOWER | WORD,
    ['A' ... 'Z'] = UPPER | WORD,
    ['0' ... '9'] = DIGIT | WORD,
    ['_'] = WORD,
    [0x80 ... 0xff] = WORD,
    [' '] = BLANK | ENDS,
    ['\t'] = BLANK | ENDS,
    ['"'] = QUOTE,
    ['\''] = QUOTE,
    [','] = ENDS,
    [';'] = ENDS,
    ['&'] = ENDS,
    [')'] = ENDS,
    ['}'] = ENDS,
    [']'] = ENDS,
    ['\n'] = ENDS,
    ['\r'] = ENDS,
};

static inline bool is_a(char c, enum class class) {
	return classes[(unsigned char)c] & class;
}
static bool is_lower(char c) {
	return is_a(c, LOWER);
}
static bool is_upper(char c) {
	return is_a(c, UPPER);
}
static bool is_digit(char c) {
	return is_a(c, DIGIT);
}
static bool is_word(char c) {
	return is_a(c, WORD);
}
static bool is_blank(char c) {
	return is_a(c, BLANK);
}
static bool is_quote(char c) {
	return is_a(c, QUOTE);
}
static bool ends_bare_value(char c) {
	return is_a(c, ENDS);
}
static bool is_of_key(char c) {
	return is_word(c) || c == '-';
}

/* Placeholders in a row are one: how many variable words stand there varies, too. */
static void add_item(struct reader *r, int item) {
	struct template *t = r->t;
	if (item == TEMPLATE_ANY || item == TEMPLATE_NUMBER) {
		int last = t->len ? t->items[t->len - 1] : TEMPLATE_VALUE;
		if (last == TEMPLATE_ANY || last == TEMPLATE_NUMBER) {
			t->items[t->len - 1] = TEMPLATE_ANY;
			return;
		}
	}
	if (t->len == TEMPLATE_ITEMS_MAX) {
		if (r->past_value)
			return;
		memmove(t->items, t->items + TEMPLATE_ITEMS_MAX / 2, sizeof(t->items) / 2);
		t->len = TEMPLATE_ITEMS_MAX / 2;
	}
	t->items[t->len++] = (int16_t)item;
}

/* Leaves the last words before the value. */
static void trim_before(struct template *t) {
	size_t words = 0, i = t->len;
	while (i > 0 && words < TEMPLATE_BEFORE_MAX)
		words += t->items[--i] >= 0;
	memmove(t->items, t->items + i, (t->len - i) * sizeof(*t->items));
	t->len -= i;
}

static void add_value(struct reader *r) {
	if (r->past_value)
		return;
	trim_before(r->t);
	r->past_value = true;
	add_item(r, TEMPLATE_VALUE);
}

/* The end of the piece of a word that begins at i: SignupFailed, signup_failed, HTTPClient. */
static size_t piece_end(const char *s, size_t i, size_t end) {
	size_t from = i;
	while (i < end && is_upper(s[i]))
		i++;
	if (i - from > 1)
		return i < end && is_lower(s[i]) ? i - 1 : i;
	while (i < end && is_lower(s[i]))
		i++;
	return i;
}

/* All pieces of a word are words, or it is none: -1. */
static int read_pieces(const char *s, struct span word, int16_t pieces[PIECES_MAX]) {
	int n = 0;
	for (size_t i = word.start; i < word.end;) {
		char lower[WORD_LEN_MAX];
		size_t end = piece_end(s, i, word.end), len = end - i;
		if (s[i] == '_' || s[i] == '-') {
			i++;
			continue;
		}
		if (!len || len > sizeof(lower) || n == PIECES_MAX)
			return -1;
		for (size_t k = 0; k < len; k++)
			lower[k] = (char)(s[i + k] | 0x20);
		int found = word_find(lower, len);
		if (found < 0)
			return -1;
		pieces[n++] = (int16_t)found;
		i = end;
	}
	return n;
}

static bool is_number(const char *s, struct span word) {
	for (size_t i = word.start; i < word.end; i++)
		if (!is_digit(s[i]))
			return false;
	return true;
}

static void add_word(struct reader *r, struct span word) {
	int16_t pieces[PIECES_MAX];
	int n = read_pieces(r->text, word, pieces);
	if (n <= 0)
		add_item(r, is_number(r->text, word) ? TEMPLATE_NUMBER : TEMPLATE_ANY);
	for (int i = 0; i < n; i++) {
		if (r->past_value && r->words_after++ >= TEMPLATE_AFTER_MAX)
			return;
		add_item(r, pieces[i]);
	}
}

static inline __attribute__((always_inline)) size_t skip(const struct reader *r, size_t i, bool (*is)(char)) {
	while (i < r->len && is(r->text[i]))
		i++;
	return i;
}

static bool is_backslash(char c) {
	return c == '\\';
}

/* Where the value of a key that ends at i begins; 0: it is no key. `=`, `=>`, and `:` behind a quoted key. */
static size_t value_start(const struct reader *r, size_t i) {
	const char *s = r->text;
	size_t quote = skip(r, i, is_backslash);
	bool quoted = quote < r->len && is_quote(s[quote]);
	size_t sign = skip(r, quoted ? quote + 1 : i, is_blank);
	if (sign >= r->len || (s[sign] != '=' && !(s[sign] == ':' && quoted)))
		return 0;
	bool arrow = s[sign] == '=' && sign + 1 < r->len && s[sign + 1] == '>';
	return skip(r, sign + 1 + arrow, is_blank);
}

/* Where what a quote at i opens ends: at the same quote behind as many backslashes as stand before the first. */
static size_t quoted_end(const struct reader *r, size_t i, size_t backslashes) {
	size_t seen = 0;
	for (size_t k = i + 1; k < r->len; k++) {
		if (r->text[k] == r->text[i] && seen <= backslashes)
			return k + 1;
		seen = r->text[k] == '\\' ? seen + 1 : 0;
	}
	return r->len;
}

static bool holds_message(const struct reader *r, struct span key) {
	static const char *const keys[] = {"msg",    "message", "event",       "text",   "log",     "error", "err",
	                                   "reason", "cause",   "description", "detail", "details", "title", "body"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strlen(keys[i]) == key.end - key.start && !strncasecmp(keys[i], r->text + key.start, key.end - key.start))
			return true;
	return false;
}

/* The string at i, behind any backslashes, ends where? 0: there is none. */
static size_t string_end(const struct reader *r, size_t i) {
	size_t quote = skip(r, i, is_backslash);
	return quote < r->len && is_quote(r->text[quote]) ? quoted_end(r, quote, quote - i) : 0;
}

static bool is_between_strings(char c) {
	return is_blank(c) || c == ',';
}

/* Same, of a list of strings: its bracket. */
static size_t strings_end(const struct reader *r, size_t i) {
	size_t end = r->text[i] == '[' ? string_end(r, skip(r, i + 1, is_blank)) : 0;
	for (size_t next = end; next; next = string_end(r, skip(r, next, is_between_strings)))
		end = next;
	return end;
}

static bool opens_nested(const struct reader *r, size_t i) {
	return r->text[i] == '{' || (r->text[i] == '[' && !strings_end(r, i));
}

static struct span value_span(const struct reader *r, size_t start) {
	size_t end = string_end(r, start) ?: strings_end(r, start);
	if (end)
		return (struct span){start, end};
	end = start;
	while (end < r->len && !ends_bare_value(r->text[end]))
		end++;
	return (struct span){start, end};
}

/* A key and its value; of what is nested in it, or a message, what is within comes next. False: no key. */
static bool read_pair(struct reader *r, struct span word) {
	size_t start = value_start(r, word.end), quote = start ? skip(r, start, is_backslash) : r->len;
	if (quote >= r->len)
		return false;
	if (opens_nested(r, start) || (is_quote(r->text[quote]) && holds_message(r, word))) {
		add_item(r, TEMPLATE_ANY);
		r->at = quote + 1;
		return true;
	}
	struct span value = value_span(r, start);
	bool found = value.start < r->end && value.end > r->start;
	if (found && !r->past_value) {
		add_word(r, word);
		add_value(r);
	} else {
		add_item(r, TEMPLATE_ANY);
	}
	r->at = found && value.end < r->end ? r->end : value.end;
	return true;
}

static void read_word(struct reader *r) {
	struct span word = {r->at, skip(r, r->at, is_word)};
	if (word.end > r->start && word.start < r->end) {
		add_value(r);
		r->at = word.end > r->end ? word.end : r->end;
		return;
	}
	if (read_pair(r, (struct span){r->at, skip(r, r->at, is_of_key)}))
		return;
	add_word(r, word);
	r->at = word.end;
}

/* Where reading begins: the same place for all values that are near each other, so that it can go on. */
static size_t first_read(size_t start) {
	return start > REACH ? (start / REACH - 1) * REACH : 0;
}

void template_read(struct template *ret, struct template_prefix *prefix, const char *text, size_t len, size_t start,
                   size_t end) {
	size_t from = first_read(start);
	if (prefix->from != from || prefix->end > start)
		*prefix = (struct template_prefix){.from = from, .end = from};
	struct reader r = {
	    .text = text,
	    .len = len - end > REACH ? end + REACH : len,
	    .start = start,
	    .end = end,
	    .at = prefix->end,
	    .t = ret,
	};
	*ret = prefix->items;
	while (r.at < r.len && r.words_after < TEMPLATE_AFTER_MAX && r.tokens_after < TOKENS_AFTER_MAX) {
		bool at_value = r.at >= start && r.at < end;
		if (!at_value && !is_word(text[r.at])) {
			r.at++;
			continue;
		}
		if (!r.past_value)
			*prefix = (struct template_prefix){*ret, from, r.at};
		r.tokens_after += r.past_value;
		if (at_value) {
			add_value(&r);
			r.at = end;
		} else {
			read_word(&r);
		}
	}
	add_value(&r);
}

size_t template_words(const struct template *t, int16_t ret[TEMPLATE_WORDS_MAX]) {
	size_t n = 0;
	for (size_t i = 0; i < t->len && n < TEMPLATE_WORDS_MAX; i++)
		if (t->items[i] >= 0)
			ret[n++] = t->items[i];
	return n;
}

void template_text(char ret[FIND_STATEMENT_SIZE], const struct template *t, const char *value_name) {
	size_t n = 0;
	for (size_t i = 0; i < t->len && n < FIND_STATEMENT_SIZE; i++) {
		const char *space = n ? " " : "";
		int item = t->items[i];
		size_t left = FIND_STATEMENT_SIZE - n;
		int printed;
		if (item == TEMPLATE_VALUE)
			printed = snprintf(ret + n, left, "%s<%s>", space, value_name);
		else if (item < 0)
			printed = snprintf(ret + n, left, "%s%s", space, item == TEMPLATE_NUMBER ? "<num>" : "<*>");
		else
			printed = snprintf(ret + n, left, "%s%s", space, word_at((size_t)item));
		if (printed < 0 || (size_t)printed >= left) {
			ret[n] = 0; /* a word is shown whole or not at all */
			break;
		}
		n += (size_t)printed;
	}
	for (char *c = ret; *c; c++)
		*c = is_upper(*c) ? (char)(*c | 0x20) : *c;
}
