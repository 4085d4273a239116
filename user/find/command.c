/* SPDX-License-Identifier: MIT */
#include "find/command.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "find/words.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define NAME_LEN_MAX 40       /* of an option */
#define DIGITS_MAX 5          /* in a row: more are an id, a date, a telephone number */
#define RANDOM_LEN 20         /* letters of both cases and digits: from here on they are a key rather than a name */
#define OPENING "\"'`({["     /* what a word of a shell's script may have around it */
#define CLOSING "\"'`)}];,&|" /* likewise */

struct word {
	const char *text;
	size_t len;
};

/* What the option that stands last says of the word behind it. */
enum context { PLAIN, SECRET };

struct reader {
	struct buf out;
	enum context context;
	bool hidden_last;
};

static bool is_lower(char c) {
	return c >= 'a' && c <= 'z';
}
static bool is_upper(char c) {
	return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
	return is_lower(c) || is_upper(c);
}
static bool is_blank(char c) {
	return !c || c == ' ' || (c >= '\t' && c <= '\r');
}

/* Only letters, digits and these; not many digits in a row. */
static bool is_made_of(struct word w, const char *others) {
	size_t digits = 0;
	for (size_t i = 0; i < w.len; i++) {
		char c = w.text[i];
		digits = is_digit(c) ? digits + 1 : 0;
		if (digits > DIGITS_MAX || (!is_letter(c) && !is_digit(c) && (!c || !strchr(others, c))))
			return false;
	}
	return true;
}

/* Of our list, but for its case. */
static bool is_listed(struct word w) {
	char lower[WORD_LEN_MAX];
	if (!w.len || w.len > sizeof(lower))
		return false;
	for (size_t i = 0; i < w.len; i++)
		lower[i] = is_upper(w.text[i]) ? (char)(w.text[i] | 0x20) : w.text[i];
	return word_find(lower, w.len) >= 0;
}

/* 8080, 512m, 30s, 75% */
static bool is_small_number(struct word w) {
	size_t digits = 0;
	while (digits < w.len && is_digit(w.text[digits]))
		digits++;
	bool has_unit = digits + 1 == w.len && (is_letter(w.text[digits]) || w.text[digits] == '%');
	return digits && digits <= DIGITS_MAX && (digits == w.len || has_unit);
}

static bool is_random(struct word w) {
	bool lower = false, upper = false, digit = false;
	for (size_t i = 0; i < w.len; i++) {
		lower |= is_lower(w.text[i]);
		upper |= is_upper(w.text[i]);
		digit |= is_digit(w.text[i]);
	}
	return w.len >= RANDOM_LEN && lower && upper && digit;
}

static struct word rest_of(struct word w, size_t skipped) {
	return (struct word){w.text + skipped, w.len - skipped};
}

/* All its parts between these pass. */
static bool each_part(struct word w, const char *separators, bool (*passes)(struct word part)) {
	for (size_t i = 0, from = 0; i <= w.len; i++) {
		if (i < w.len && !strchr(separators, w.text[i]))
			continue;
		if (i > from && !passes((struct word){w.text + from, i - from}))
			return false;
		from = i + 1;
	}
	return true;
}

static bool is_no_random(struct word w) {
	return !is_random(w);
}
static bool is_listed_or_small(struct word w) {
	return is_listed(w) || is_small_number(w);
}

static bool is_path(struct word w) {
	size_t dots = 0;
	while (dots < w.len && dots < 2 && strchr(".~", w.text[dots]))
		dots++;
	return dots < w.len && w.text[dots] == '/' && is_made_of(w, "/._-+~") && each_part(w, "/._-", is_no_random);
}

/* app.py, server.jar: what is told of by its ending. */
static bool is_program_file(struct word w) {
	static const char *const endings[] = {"py",   "js",  "mjs", "ts",   "rb",  "pl",   "php",  "sh",
	                                      "lua",  "so",  "jar", "war",  "exe", "dll",  "conf", "properties",
	                                      "yaml", "yml", "ini", "toml", "cfg", "json", "xml"};
	const char *dot = memrchr(w.text, '.', w.len);
	struct word ending = dot ? rest_of(w, (size_t)(dot + 1 - w.text)) : (struct word){0};
	if (!dot || dot == w.text || !is_made_of(w, "._-") || !each_part(w, "._-", is_no_random))
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (strlen(endings[i]) == ending.len && !memcmp(endings[i], ending.text, ending.len))
			return true;
	return false;
}

static bool may_be_told(struct word w) {
	return is_path(w) || is_program_file(w) || (w.len && each_part(w, ".-_:,/", is_listed_or_small));
}

static bool has_secret_name(struct word name) {
	static const char *const parts[] = {"pass", "pwd",  "secret", "token", "key",  "cred",  "auth", "cookie", "session",
	                                    "salt", "seed", "pin",    "otp",   "user", "login", "mail", "name",   "header"};
	for (size_t i = 0; i + 2 < name.len; i++)
		for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++)
			if (name.len - i >= strlen(parts[k]) && !strncasecmp(name.text + i, parts[k], strlen(parts[k])))
				return true;
	return false;
}

/* -p of mysql, -a of redis-cli, -u of curl, -w, -k, and what goes with them: with the value in the same word or next.
 */
static bool is_secret_letter(char c) {
	return c && strchr("pPaAuUwWkKH", c);
}

static int append(struct reader *r, const char *before, struct word w) {
	int e = r->out.len ? buf_append(&r->out, before, strlen(before)) : 0;
	r->hidden_last = false;
	return e ? e : buf_append(&r->out, w.text, w.len);
}

static int append_hidden(struct reader *r, const char *before) {
	int e = r->hidden_last ? 0 : append(r, before, (struct word){COMMAND_HIDDEN, strlen(COMMAND_HIDDEN)});
	r->hidden_last = true;
	return e;
}

static int append_value(struct reader *r, const char *before, struct word value, bool hide) {
	return !hide && may_be_told(value) ? append(r, before, value) : append_hidden(r, before);
}

/* name=value */
static int append_assignment(struct reader *r, struct word name, struct word value, bool hide) {
	int e = append(r, " ", (struct word){name.text, name.len + 1});
	return e || !value.len ? e : append_value(r, "", value, hide || has_secret_name(name));
}

static bool is_variable(struct word w) {
	for (size_t i = 0; i < w.len; i++)
		if (!is_upper(w.text[i]) && !(i && (w.text[i] == '_' || is_digit(w.text[i]))))
			return false;
	return w.len;
}

/* dashes: that it begins with. A name without is that of a variable, or made of our words. */
static bool is_name(struct word w, size_t dashes) {
	struct word name = rest_of(w, dashes);
	if (name.len > NAME_LEN_MAX || !name.len || !is_letter(name.text[0]) || !is_made_of(name, "-_.") ||
	    !each_part(name, "-_.", is_no_random))
		return false;
	return dashes == 2 || (dashes == 1 && !is_secret_letter(name.text[0])) || is_variable(name) ||
	       each_part(name, "-_.", is_listed);
}

/* -v, -rf, -jar, -cp; behind one letter may stand its value: -p8080, -sJane. */
static int append_short(struct reader *r, struct word w) {
	struct word name = rest_of(w, 1);
	bool secret = is_secret_letter(name.text[0]);
	if (name.len == 1 || is_listed(name) || (!secret && name.len <= 3 && is_made_of(name, ""))) {
		r->context = has_secret_name(name) || (secret && name.len == 1) ? SECRET : PLAIN;
		return append(r, " ", w);
	}
	int e = append(r, " ", (struct word){w.text, 2});
	return e ? e : append_value(r, "", rest_of(w, 2), secret);
}

/* found: by a rule. */
static int append_word(struct reader *r, struct word w, bool found) {
	size_t dashes = 0;
	while (dashes < w.len && dashes < 2 && w.text[dashes] == '-')
		dashes++;
	const char *sign = memchr(w.text, '=', w.len);
	struct word name = sign ? (struct word){w.text, (size_t)(sign - w.text)} : w;
	bool is_secret = r->context == SECRET && !dashes;
	r->context = PLAIN;
	if (sign && is_name(name, dashes))
		return append_assignment(r, name, rest_of(w, name.len + 1), found || is_secret);
	if (found || is_secret || (dashes && w.len > dashes && !is_letter(w.text[dashes])))
		return append_hidden(r, " ");
	if (dashes == 2 && is_name(name, dashes))
		r->context = has_secret_name(name) ? SECRET : PLAIN;
	else if (dashes == 2 && w.len > dashes)
		return append_hidden(r, " ");
	else if (dashes == 1 && w.len > dashes)
		return append_short(r, w);
	return dashes ? append(r, " ", w) : append_value(r, " ", w, false);
}

static struct word trim(struct word w) {
	while (w.len && strchr(OPENING, w.text[0]))
		w = rest_of(w, 1);
	while (w.len && strchr(CLOSING, w.text[w.len - 1]))
		w.len--;
	return w;
}

static bool overlaps(const uint8_t *found, const char *block, struct word w) {
	return memchr(found + (w.text - block), 1, w.len);
}

static int append_all(struct reader *r, const char *block, size_t len, const uint8_t *found) {
	int e = 0;
	for (size_t i = 0, end; i < len && !e; i = end + 1) {
		for (end = i; end < len && !is_blank(block[end]); end++)
			;
		struct word w = {block + i, end - i};
		bool hide = overlaps(found, block, w);
		if (!w.len)
			continue;
		if (!r->out.len) /* the program */
			e = !hide && is_made_of(w, "/._-+:@") && each_part(w, "/._-", is_no_random) ? append(r, "", w)
			                                                                            : append_hidden(r, "");
		else
			e = append_word(r, trim(w), hide);
	}
	return e;
}

static void mark(void *arg, const struct detect_match *m) {
	memset((uint8_t *)arg + m->start, 1, m->end - m->start);
}

int command_mask(struct detector *d, const char *arguments, size_t len, char **ret) {
	_cleanup_(buf_release) struct buf copy = {0};
	_cleanup_free_ uint8_t *found = calloc(1, len + 1);
	struct reader r = {0};
	if (!found || buf_append(&copy, arguments, len))
		return -ENOMEM;
	/* Words of one text: a value and the option before it are found together. */
	for (size_t i = 0; i < len; i++)
		if (is_blank(copy.data[i]))
			copy.data[i] = ' ';
	int e = len ? detector_scan(d, copy.data, len, &(struct detect_text){0, (uint32_t)len}, 1, mark, found) : -ENODATA;
	if (!e)
		e = append_all(&r, copy.data, len, found);
	if (!e)
		e = r.out.len ? buf_append(&r.out, "", 1) : -ENODATA;
	if (e)
		buf_release(&r.out);
	else
		*ret = r.out.data;
	return e;
}
