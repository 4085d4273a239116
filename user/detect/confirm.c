/* SPDX-License-Identifier: MIT */
/* A candidate becomes a match, or not: the cheap questions first. */
#include "base/hex.h"
#include "detect/byte.h"
#include "detect/detector.h"

#include <string.h>
#include <strings.h>

#define SHRINK_MAX 3
#define ROW_MIN 5 /* numbers beside one that make a row of columns */

bool left_is_open(const struct detector *d, size_t start) {
	char c;

	if (!start)
		return true;
	c = d->s[start - 1];
	if (byte_is_word(c))
		return escape_ends_at(d->s, start);
	/* A plus sign makes a telephone number of digits. */
	return !(c == '+' && byte_is_digit(d->s[start])) &&
	       !(start >= 2 && (c == '.' || c == '-' || c == '/' || c == ':') && byte_is_digit(d->s[start - 2]));
}

bool right_is_open(const struct detector *d, size_t end) {
	if (end >= d->len)
		return true;
	char c = d->s[end];
	if (byte_is_word(c))
		return false;
	return !(end + 1 < d->len && (c == '.' || c == '-' || c == '/' || c == ':') && byte_is_word(d->s[end + 1]) &&
	         d->s[end + 1] != '_');
}

static bool is_digits(const char *s, size_t len) {
	for (size_t i = 0; i < len; i++)
		if (!byte_is_digit(s[i]))
			return false;
	return len;
}

/* Digits in groups, with more groups of digits beside them: a row of numbers, and any few of them pass as something. */
static bool is_of_row(const struct detector *d, size_t start, size_t end) {
	const char *s = d->s, *gap = memrchr(s + start, ' ', end - start);
	size_t left = start, right = end + 1, last = gap ? (size_t)(s + end - gap) - 1 : 0;

	if (!gap)
		return false;
	while (left > 1 && s[start - 1] == ' ' && byte_is_digit(s[left - 2]))
		left--;
	if (left < start && (left < 2 || s[left - 2] == ' '))
		return true;
	while (right < d->len && s[end] == ' ' && byte_is_digit(s[right]))
		right++;
	return right - end - 1 == last && (right == d->len || s[right] == ' ') && is_digits(s + end - last, last);
}

bool is_epoch(const char *s, size_t len) {
	if ((len != 10 && len != 13 && len != 16 && len != 19) || s[0] != '1' || s[1] < '4' || s[1] > '9')
		return false;
	return is_digits(s, len);
}

static bool is_alike(const char *v, size_t len, const char *item, bool whole) {
	size_t n = strlen(item);

	return (whole ? n == len : n <= len) && !strncasecmp(v, item, n);
}

static bool is_excluded(const struct rule *rule, const char *v, size_t len) {
	for (size_t i = 0; i < rule->exclude_exact.len; i++)
		if ((v[0] | 32) == (rule->exclude_exact.items[i][0] | 32) &&
		    is_alike(v, len, rule->exclude_exact.items[i], true))
			return true;
	for (size_t i = 0; i < rule->exclude_prefix.len; i++)
		if (is_alike(v, len, rule->exclude_prefix.items[i], false))
			return true;
	for (size_t i = 0; i < rule->exclude_suffix.len; i++) {
		size_t n = strlen(rule->exclude_suffix.items[i]);

		if (n <= len && is_alike(v + len - n, n, rule->exclude_suffix.items[i], true))
			return true;
	}
	return false;
}

size_t value_decode(char ret[DECODED_MAX], const char *v, size_t len, bool of_form) {
	size_t n = 0;
	int byte;

	for (size_t i = 0; i < len && n < DECODED_MAX; n++) {
		if (len - i >= 6 && v[i] == '\\' && v[i + 1] == 'u' && (byte = hex_value(v + i + 4, 2)) >= 0) {
			ret[n] = (char)byte;
			i += 6;
		} else if (len - i >= 3 && (v[i] == '%' || v[i] == '=') && (byte = hex_value(v + i + 1, 2)) >= 0) {
			ret[n] = (char)byte;
			i += 3;
		} else {
			ret[n] = of_form && v[i] == '+' ? ' ' : v[i];
			i++;
		}
	}
	return n;
}

enum check_class value_check_decoded(check_fn check, const char *v, size_t len) {
	char plain[DECODED_MAX];
	enum check_class class = check(plain, value_decode(plain, v, len, false));

	if (class == CHECK_INVALID && memchr(v, '+', len))
		class = check(plain, value_decode(plain, v, len, true));
	explicit_bzero(plain, sizeof(plain));
	return class;
}

static enum check_class classify(const struct set_rule *r, const struct candidate *c, const char *v, size_t len) {
	if (!r->check)
		return CHECK_REAL;
	return c->encoded ? value_check_decoded(r->check, v, len) : r->check(v, len);
}

/* The value without its last group; start when there is nothing left to cut. */
static size_t cut_group(const struct detector *d, size_t start, size_t end) {
	while (end > start && byte_is_word(d->s[end - 1]))
		end--;
	while (end > start && !byte_is_word(d->s[end - 1]))
		end--;
	return end;
}

/* The longest form of the candidate that boundaries and validator agree with. */
static enum check_class settle(const struct detector *d, const struct candidate *c, size_t *ret_end) {
	const struct set_rule *r = &d->set->items[c->rule];
	size_t end = c->end;

	for (int tries = 0; tries <= SHRINK_MAX && end > c->start; tries++) {
		if ((c->bounded || right_is_open(d, end)) && !is_excluded(r->rule, d->s + c->start, end - c->start)) {
			enum check_class class = classify(r, c, d->s + c->start, end - c->start);

			if (class != CHECK_INVALID) {
				*ret_end = end;
				return class;
			}
		}
		if (!c->shape && !c->may_shrink)
			break;
		end = cut_group(d, c->start, end);
		if (c->shape && end > c->start) {
			ptrdiff_t n = shape_match(c->shape, d->s + c->start, end - c->start);

			if (n <= 0)
				break;
			end = c->start + n;
		}
	}
	return CHECK_INVALID;
}

/* Nothing but quotes and punctuation stands around the value. */
static bool is_alone(const struct detector *d, size_t start, size_t end) {
	for (size_t i = 0; i < d->len; i++)
		if ((i < start || i >= end) && !(d->s[i] && strchr(" \t\r\"'`,;.()[]", d->s[i])))
			return false;
	return true;
}

static float confidence_of(const struct rule *rule, bool context) {
	if (!context && rule->context == RULE_CONTEXT_REQUIRED)
		return rule->confidence_alone;
	return context && rule->confidence_context > rule->confidence ? rule->confidence_context : rule->confidence;
}

/* Numbers beside it, one blank between each, towards the end that step goes to. */
static size_t count_numbers(const struct detector *d, size_t at, int step) {
	size_t n = 0;

	for (; n < ROW_MIN && at < d->len && d->s[at] == ' '; n++) {
		size_t from = at += (size_t)step;

		while (at < d->len && byte_is_digit(d->s[at]))
			at += (size_t)step;
		if (at == from || (at < d->len && d->s[at] != ' '))
			break;
	}
	return n;
}

/* A row of columns, as /proc/PID/stat has: among so many numbers some pass as something. */
static bool is_of_columns(const struct detector *d, size_t start, size_t end) {
	return is_digits(d->s + start, end - start) &&
	       count_numbers(d, start - 1, -1) + count_numbers(d, end, 1) >= ROW_MIN;
}

/* A unit stands behind it. */
static bool is_measure(const struct detector *d, size_t end) {
	static const char *const units[] = {"ms", "us",  "ns",  "sec", "secs", "seconds", "bytes", "kb",   "mb",
	                                    "gb", "kib", "mib", "gib", "bps",  "hz",      "rpm",   "rows", "percent"};
	size_t start = end + 1, stop = start;

	if (end >= d->len || d->s[end] != ' ')
		return false;
	while (stop < d->len && byte_is_alnum(d->s[stop]))
		stop++;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units) && stop > start; i++)
		if (is_alike(d->s + start, stop - start, units[i], true))
			return true;
	return false;
}

/* A number straight behind the question mark of an address, which names nothing: it keeps caches away. */
static bool is_lone_query(const struct detector *d, const struct candidate *c) {
	return c->start && d->s[c->start - 1] == '?' && is_digits(d->s + c->start, c->end - c->start);
}

/* A time; 13 digits are also what begins with a date of birth: then a word for that nearby is enough. */
static bool is_time(const struct detector *d, const struct candidate *c, const struct context_mark *context) {
	return is_epoch(d->s + c->start, c->end - c->start) && !(context && c->end - c->start == EPOCH_MS_DIGITS);
}

/* Is it the place of something else: a value whose key or unit says so, one of a row of numbers? */
static bool is_misplaced(const struct detector *d, const struct candidate *c, const struct context_mark *context) {
	if (c->shape && d->key_is_foreign == d->generation)
		return true;
	return c->shape && !context &&
	       (is_lone_query(d, c) || is_measure(d, c->end) || is_of_row(d, c->start, c->end) ||
	        is_of_columns(d, c->start, c->end));
}

/* Does anything say that the value is something else? Only a key that names the rule speaks louder. */
static bool is_denied(const struct detector *d, const struct candidate *c, const struct context_mark *context) {
	if (c->keyed || (context && context->direct))
		return false;
	if (d->set->items[c->rule].has_names && context_speaks_against(d, c->rule, context))
		return true;
	return is_time(d, c, context) || (!d->set->anywhere && is_misplaced(d, c, context));
}

bool note_match(struct detector *d, const struct match *m) {
	if (d->matches_len == MATCHES_MAX) {
		d->counters.refused_overflow++;
		return false;
	}
	d->matches[d->matches_len++] = *m;
	return true;
}

bool confirm(struct detector *d, const struct candidate *c) {
	const struct set_rule *r = &d->set->items[c->rule];
	const struct context_mark *context = NULL;
	enum check_class class = CHECK_INVALID;
	size_t end = c->end;

	if (!c->bounded && !left_is_open(d, c->start))
		return false;
	/* The cheaper question first: a validator refuses most numbers, a missing keyword most texts. */
	bool needed = r->rule->context == RULE_CONTEXT_REQUIRED;
	if (!needed && (class = settle(d, c, &end)) == CHECK_INVALID)
		return false;
	/* A rule found by keys has its context in the key; what else stands near is asked for before the key. */
	if (r->has_names || c->shape)
		context_find(d, c->keyed ? c->key_start : c->start);
	if (r->has_names)
		context = context_of(d, c->rule);
	if ((needed && !context && !rule_may_stand_alone(d, r->rule)) || is_denied(d, c, context))
		return false;
	if (needed && (class = settle(d, c, &end)) == CHECK_INVALID)
		return false;
	if (needed && !context && !is_alone(d, c->start, end))
		return false;
	float confidence = confidence_of(r->rule, context);
	if (confidence < d->set->min_confidence)
		return false;
	bool own_key = c->key_start < c->key_end || !context;
	return note_match(d, &(struct match){.start = c->start,
	                                     .end = end,
	                                     .key_start = own_key ? c->key_start : context->start,
	                                     .key_end = own_key ? c->key_end : context->end,
	                                     .rule = c->rule,
	                                     .class = class,
	                                     .confidence = confidence});
}
