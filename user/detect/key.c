/* SPDX-License-Identifier: MIT */
#include "detect/key.h"

#include "detect/name.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define PARENT_LOOK_BACK 512
#define WORDS_LOOK_BACK 32
#define DATE_CALL_MAX 64

static bool is_space(char c) {
	return c == ' ' || c == '\t';
}

static bool is_quote(char c) {
	return c == '"' || c == '\'' || c == '`';
}

static bool is_letter(char c) {
	return name_fold[(unsigned char)c] >= 'a';
}

static bool is_key_byte(char c) {
	return name_is_word((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == '/' || c == '$' || c == '@';
}

static bool ends_with(const char *s, size_t end, const char *what) {
	size_t n = strlen(what);

	return end >= n && (s[end - 1] | 32) == (what[n - 1] | 32) && !strncasecmp(s + end - n, what, n);
}

static bool starts_with(const char *s, size_t len, size_t at, const char *what) {
	if (at >= len || (s[at] | 32) != (what[0] | 32))
		return false;
	size_t n = strlen(what);
	return len - at >= n && !strncasecmp(s + at, what, n);
}

/* Quotes in the dress of another encoding, all case-insensitive. */
static const char *const encoded_quotes[] = {"%22", "%27", "%5C%22", "&quot;", "&#34;", "\\u0022", NULL};

static size_t encoded_len_before(const char *s, size_t end, const char *const *list) {
	if (end < 3 || (s[end - 1] != ';' && s[end - 3] != '%' && (end < 6 || s[end - 6] != '\\')))
		return 0;
	for (; *list; list++)
		if (ends_with(s, end, *list))
			return strlen(*list);
	return 0;
}

static size_t encoded_len_at(const char *s, size_t len, size_t at, const char *const *list) {
	if (at >= len || (s[at] != '%' && s[at] != '&' && s[at] != '\\'))
		return 0;
	for (; *list; list++)
		if (starts_with(s, len, at, *list))
			return strlen(*list);
	return 0;
}

static const char *const encoded_closers[] = {"%22", "%27", "&quot;", "&#34;", "\\u0022", "%5D", NULL};

/* Back over what may stand between a key and its separator; *ret_quoted and *ret_bracket say what there was. */
static size_t skip_key_closers(const char *s, size_t end, bool *ret_quoted, bool *ret_bracket) {
	while (end) {
		size_t n = encoded_len_before(s, end, encoded_closers);

		if (n) {
			*ret_bracket = *ret_bracket || (s[end - 1] | 32) == 'd';
			end -= n;
			continue;
		}
		if (is_quote(s[end - 1]))
			*ret_quoted = true;
		else if (s[end - 1] == ']')
			*ret_bracket = true;
		else if (s[end - 1] != '\\' && !(is_space(s[end - 1]) && !*ret_quoted))
			return end;
		end--;
	}
	return end;
}

static bool key_start(const char *s, size_t end, bool quoted, bool bracket, struct key *ret) {
	size_t start = end, limit = end > KEY_LEN_MAX ? end - KEY_LEN_MAX : 0;
	bool letter = false;

	while (start > limit &&
	       (is_key_byte(s[start - 1]) || (quoted && s[start - 1] == ' ') || (bracket && s[start - 1] == '['))) {
		if (start >= 3 && s[start - 3] == '%' &&
		    (starts_with(s, start, start - 2, "22") || starts_with(s, start, start - 2, "5B")))
			break;
		letter = letter || is_letter(s[start - 1]);
		start--;
	}
	/* The letter of an escape in front is not part of it. */
	if (start && s[start - 1] == '\\' && start < end && strchr("nrt", s[start]))
		start++;
	while (start < end && (s[start] == ' ' || s[start] == '-'))
		start++;
	if (!letter || start == end)
		return false;
	*ret = (struct key){start, end};
	return true;
}

/* `<key` or, with a namespace, `<ns:key`. */
static bool opens_element(const char *s, const struct key *key) {
	size_t at = key->start;

	if (at && s[at - 1] == ':')
		for (at--; at && is_key_byte(s[at - 1]) && s[at - 1] != '/';)
			at--;
	return at && s[at - 1] == '<' && s[at] != '/';
}

/* Back over what may stand between a separator and its value. */
static size_t skip_value_openers(const char *s, size_t at) {
	unsigned spaces = 0;

	while (at) {
		char c = s[at - 1];
		size_t n = encoded_len_before(s, at, encoded_quotes);

		if (n) {
			at -= n;
			continue;
		}
		if (is_space(c) ? ++spaces > 3 : !is_quote(c) && c != '\\' && c != '(' && c != '[' && c != '<')
			break;
		at--;
	}
	return at;
}

#define ELEMENT_LOOK_BACK 256

static bool is_name_of(const char *s, const struct key *key) {
	/* Of the attribute or field that tells the name of the value beside it. */
	static const char *const words[] = {"name",     "key",   "field",  "attribute", "param",
	                                    "property", "label", "header", "system",    NULL};

	for (const char *const *i = words; *i; i++)
		if (key->end - key->start == strlen(*i) && !strncasecmp(s + key->start, *i, strlen(*i)))
			return true;
	return false;
}

/* The key that `name="key"` or `"name": "key"` tells, whose quoted or bare value ends at `end`. */
static bool named_key(const char *s, size_t len, size_t end, struct key *ret) {
	struct key value, name;
	size_t at, after;

	if (!key_start(s, end, false, false, &value))
		return false;
	at = skip_value_openers(s, value.start);
	/* No other separator: `<"a"><"b">` would be asked for each other's names. */
	if (!at || (s[at - 1] != '=' && s[at - 1] != ':') || !key_of_separator(s, len, at - 1, &name, &after) ||
	    !is_name_of(s, &name))
		return false;
	*ret = value;
	return true;
}

/* `<key a="b">`, or `<property name="key">`; `at` is behind the last attribute. */
static bool element_key(const char *s, size_t len, size_t at, struct key *ret) {
	size_t limit = at > ELEMENT_LOOK_BACK ? at - ELEMENT_LOOK_BACK : 0, end;
	const char *open = memrchr(s + limit, '<', at - limit);

	if (!open || memchr(open, '>', (size_t)(s + at - open)))
		return false;
	if (named_key(s, len, at - 1, ret))
		return true;
	for (end = (size_t)(open - s) + 1; end < at && (is_key_byte(s[end]) || s[end] == ':'); end++)
		;
	return s[end] == ' ' && key_start(s, end, false, false, ret);
}

bool key_named_beside(const char *s, size_t len, const struct key *key, struct key *ret) {
	size_t end = key->start;

	while (end && key->start - end < 8 &&
	       (is_space(s[end - 1]) || is_quote(s[end - 1]) || s[end - 1] == ',' || s[end - 1] == '\\'))
		end--;
	return end < key->start && named_key(s, len, end, ret);
}

static bool is_operator(char c) {
	return c == '!' || c == '<' || c == '>' || c == '=' || c == '~';
}

bool key_of_separator(const char *s, size_t len, size_t at, struct key *ret, size_t *ret_after) {
	bool quoted = false, bracket = false;
	size_t after = at + 1, end;

	if (!at)
		return false;
	switch (s[at]) {
	case '%':
		if (!starts_with(s, len, at, "%3D") && !starts_with(s, len, at, "%3A"))
			return false;
		after = at + 3;
		break;
	case '=':
		if (is_operator(s[at - 1]) || s[at - 1] == ':')
			return false;
		after += after < len && (s[after] == '>' || s[after] == '=');
		break;
	case ':':
		if (s[at - 1] == ':' || (after < len && (s[after] == ':' || s[after] == '/')))
			return false;
		after += after < len && s[after] == '=';
		break;
	default:
		if (is_quote(s[at - 1])) {
			*ret_after = after;
			return element_key(s, len, at, ret);
		}
		if (!is_key_byte(s[at - 1]))
			return false;
	}
	end = skip_key_closers(s, at, &quoted, &bracket);
	if (!key_start(s, end, quoted, bracket, ret))
		return false;
	if (s[at] == '>' && !opens_element(s, ret))
		return false;
	*ret_after = after;
	return true;
}

bool key_before(const char *s, size_t len, size_t value, struct key *ret) {
	size_t at = skip_value_openers(s, value), after;

	if (!at)
		return false;
	if (at >= 3 && s[at - 3] == '%' && (ends_with(s, at, "3D") || ends_with(s, at, "3A")))
		return key_of_separator(s, len, at - 3, ret, &after);
	if (s[at - 1] != '=' && s[at - 1] != ':' && s[at - 1] != '>')
		return false;
	if (ends_with(s, at, "=>"))
		at--;
	return key_of_separator(s, len, at - 1, ret, &after);
}

static bool parent_of_opener(const char *s, size_t len, size_t open, struct key *ret) {
	bool quoted = false, bracket = false;
	size_t at = open, after;

	while (at && (is_space(s[at - 1]) || s[at - 1] == '[' || s[at - 1] == '\\' || is_quote(s[at - 1])))
		at--;
	if (!at)
		return false;
	if (ends_with(s, at, "=>"))
		at--;
	if (s[at - 1] == '=' || s[at - 1] == ':')
		return key_of_separator(s, len, at - 1, ret, &after);
	return at == open && key_start(s, at, quoted, bracket, ret);
}

bool key_parent(const char *s, size_t len, const struct key *key, struct key *ret) {
	size_t limit = key->start > PARENT_LOOK_BACK ? key->start - PARENT_LOOK_BACK : 0;
	unsigned depth = 0;

	if (!memrchr(s + limit, '{', key->start - limit) && !memrchr(s + limit, '(', key->start - limit))
		return false;
	for (size_t i = key->start; i-- > limit;) {
		if (s[i] == '}' || s[i] == ')')
			depth++;
		else if ((s[i] == '{' || s[i] == '(') && !depth--)
			return parent_of_opener(s, len, i, ret);
	}
	return false;
}

bool key_words_before(const char *s, const struct key *key, struct key *ret) {
	size_t start = key->start;

	while (start && key->start - start < WORDS_LOOK_BACK && (is_key_byte(s[start - 1]) || s[start - 1] == ' '))
		start--;
	*ret = (struct key){start, key->start};
	return key->start - start > 1 && s[key->start - 1] == ' ';
}

static size_t count_backslashes(const char *s, size_t lo, size_t end) {
	size_t n = 0;

	while (end - n > lo && s[end - n - 1] == '\\')
		n++;
	return n;
}

/* The end of a quoted value: a quote that is escaped no deeper than the one that opened it. */
static size_t quoted_end(const char *s, size_t len, size_t start, char quote, size_t level) {
	for (size_t i = start; i < len; i++) {
		if (s[i] != quote)
			continue;
		size_t n = count_backslashes(s, start, i);

		/* SQL doubles a quote that belongs to the value. */
		if (quote == '\'' && i + 1 < len && s[i + 1] == '\'' && i > start) {
			i++;
			continue;
		}
		if (n <= level)
			return i - n;
	}
	return len;
}

/* 1: ends a bare value; 2: may begin an encoding of a byte that does. */
static const uint8_t value_ends[256] = {
    [0] = 1,   [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\r'] = 1, [','] = 1, [';'] = 1, ['&'] = 1,  [')'] = 1, ['}'] = 1,
    [']'] = 1, ['"'] = 1, ['\''] = 1, ['<'] = 1,  ['>'] = 1,  ['|'] = 1, ['`'] = 1, ['\\'] = 1, ['%'] = 2,
};

static bool is_value_end(const char *s, size_t len, size_t at) {
	static const char *const encoded[] = {"%22", "%26", "%2C", "%7D", NULL};
	uint8_t ends = value_ends[(unsigned char)s[at]];

	/* Of a name: O'Brien. */
	if (s[at] == '\'' && at && at + 1 < len && is_letter(s[at - 1]) && is_letter(s[at + 1]))
		return false;
	return ends == 1 || (ends == 2 && encoded_len_at(s, len, at, encoded));
}

static size_t bare_end(const char *s, size_t len, size_t at) {
	while (at < len && !is_value_end(s, len, at))
		at++;
	return at;
}

/* Same, and a group in parentheses at its front: an area code. */
static size_t word_end(const char *s, size_t len, size_t at) {
	if (at >= len || s[at] != '(')
		return bare_end(s, len, at);
	size_t end = bare_end(s, len, at + 1);
	return end < len && s[end] == ')' ? bare_end(s, len, end + 1) : end;
}

static bool is_next_key(const char *s, size_t start, size_t end, size_t len) {
	for (size_t i = start; i < end; i++)
		if (s[i] == '=' && i > start)
			return true;
	return end < len && s[end] == '=';
}

/* May a word go on a value that has begun: a name part, a particle of a name, a group of digits? */
static bool goes_on(const char *s, size_t start, size_t end) {
	unsigned char c = s[start];

	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 || c == '(' || c == '+')
		return s[end - 1] != ':';
	return end - start <= 3 && c >= 'a' && c <= 'z' && s[end - 1] != ':';
}

/* Over the words that follow a bare value: to the next key=, a delimiter, or as far as they look like its parts. */
static size_t wide_end(const char *s, size_t len, size_t end) {
	size_t proper = end, at = end;

	for (int words = 0; words < 8 && at < len && s[at] == ' '; words++) {
		size_t start = at + 1, stop = word_end(s, len, start);

		if (stop == start)
			return proper;
		if (is_next_key(s, start, stop, len))
			return at;
		if (!goes_on(s, start, stop))
			return proper;
		at = stop;
		if (s[start] < 'a' || s[start] > 'z')
			proper = at;
	}
	return proper;
}

static bool is_prose(const char *s, size_t len, const struct key_value *v) {
	if (v->end >= len || s[v->end] != ' ' || v->end + 1 >= len)
		return false;
	for (size_t i = v->start; i < v->end; i++)
		if (s[i] < 'a' || s[i] > 'z')
			return false;
	return s[v->end + 1] >= 'a' && s[v->end + 1] <= 'z' &&
	       !is_next_key(s, v->end + 1, bare_end(s, len, v->end + 1), len);
}

static size_t skip_scheme(const char *s, size_t len, size_t at) {
	static const char *const schemes[] = {"bearer ", "basic ", "token ", "digest ", NULL};

	if (at >= len || !strchr("btdBTD", s[at]) || !s[at])
		return at;
	for (const char *const *i = schemes; *i; i++)
		if (starts_with(s, len, at, *i))
			return at + strlen(*i);
	return at;
}

/* Over an object that only tells the type of its one value: {"string": "x"}, {"S": "x"}. */
static size_t skip_typed(const char *s, size_t len, size_t at) {
	static const char *const types[] = {"string\"", "stringvalue\"", "s\"", "$date\"", "value\"", NULL};
	size_t i = at + 1;

	while (i < len && (is_space(s[i]) || s[i] == '\\'))
		i++;
	for (const char *const *type = types; i < len && s[i] == '"' && *type; type++)
		if (starts_with(s, len, i + 1, *type))
			for (i += 1 + strlen(*type); i < len; i++)
				if (s[i] != ':' && !is_space(s[i]))
					return i;
	return at;
}

/* Over what a language wraps a value in to say that there is one, or of what type: Some("x"), string(1) "x". */
static size_t skip_wrapper(const char *s, size_t len, size_t at) {
	static const char *const wrappers[] = {"some(", "optional(", "optional[", "just(", NULL};
	size_t end = at;

	for (const char *const *i = wrappers; *i; i++)
		if (starts_with(s, len, at, *i))
			return at + strlen(*i);
	if (!starts_with(s, len, at, "string("))
		return at;
	for (end += strlen("string("); end < len && s[end] >= '0' && s[end] <= '9';)
		end++;
	end += end + 1 < len && s[end] == ')' && s[end + 1] == ' ' ? 2 : 0;
	return end < len && is_quote(s[end]) ? end : at;
}

/* Of a call that only tells the type of the value: datetime.date(1980, 1, 2). */
static bool date_value(const char *s, size_t len, size_t at, struct key_value *ret) {
	static const char *const calls[] = {"datetime.date(", "datetime.datetime(", NULL};

	for (const char *const *i = calls; *i; i++) {
		size_t start = at + strlen(*i), rest = start < len ? len - start : 0;
		size_t most = rest < DATE_CALL_MAX ? rest : DATE_CALL_MAX;
		const char *close = starts_with(s, len, at, *i) ? memchr(s + start, ')', most) : NULL;

		if (!close)
			continue;
		size_t end = (size_t)(close - s);
		*ret = (struct key_value){.start = start, .end = end, .wide_end = end, .quoted = true};
		return end > start;
	}
	return false;
}

bool key_value(const char *s, size_t len, size_t after, struct key_value *ret) {
	static const char *const spaces[] = {"%20", NULL};
	size_t at = after, level, n;

	while (at < len && at < after + 4 && is_space(s[at]))
		at++;
	at += encoded_len_at(s, len, at, spaces);
	if (at < len && strchr("sojSOJ", s[at]) && s[at])
		at = skip_wrapper(s, len, at);
	else if (at < len && s[at] == '{')
		at = skip_typed(s, len, at);
	else if (at < len && s[at] == 'd' && date_value(s, len, at, ret))
		return true;
	if (at < len && (s[at] == '[' || s[at] == '<'))
		at++;
	if (at + 1 < len && (s[at] == 'u' || s[at] == 'b') && is_quote(s[at + 1]))
		at++;
	n = encoded_len_at(s, len, at, encoded_quotes);
	if (n) {
		size_t end = at += n;

		while (end < len && !encoded_len_at(s, len, end, encoded_quotes) && s[end] != '&' && !is_space(s[end]))
			end++;
		*ret = (struct key_value){.start = at, .end = end, .wide_end = end, .quoted = true};
		return end > at;
	}
	for (level = 0; at + level < len && s[at + level] == '\\'; level++)
		;
	if (at + level < len && is_quote(s[at + level])) {
		size_t start = skip_scheme(s, len, at + level + 1), end = quoted_end(s, len, start, s[at + level], level);

		*ret = (struct key_value){.start = start, .end = end, .wide_end = end, .quoted = true};
		return end > start;
	}
	at = skip_scheme(s, len, at);
	if (at >= len || s[at] == '{')
		return false;
	*ret = (struct key_value){.start = at, .end = word_end(s, len, at)};
	ret->wide_end = wide_end(s, len, ret->end);
	ret->prose = after < len && is_space(s[after]) && is_prose(s, len, ret);
	return ret->end > at;
}

static bool is_stop_word(const char *v, size_t len) {
	/* By length, one behind the other. */
	static const char *const words[] = {
	    [1] = "-",
	    [2] = "--nona",
	    [3] = "yesn/anilnanobj",
	    [4] = "nullnonetruevoid",
	    [5] = "falseemptyunset",
	    [6] = "(null)(none)maskedhiddensecretobjectstring",
	    [7] = "unknownremovedomitted",
	    [8] = "redactedfilteredscrubbed",
	    [9] = "undefined",
	    [10] = "(redacted)",
	    [14] = "optional.empty",
	};

	for (const char *w = len < sizeof(words) / sizeof(*words) ? words[len] : NULL; w && *w; w += len)
		if ((v[0] | 32) == (w[0] | 32) && !strncasecmp(v, w, len))
			return true;
	return false;
}

static bool is_marker(const char *v, size_t len, const char *open, const char *close) {
	size_t a = strlen(open), b = strlen(close);

	return len >= a + b && !memcmp(v, open, a) && !memcmp(v + len - b, close, b);
}

static bool is_masked(const char *v, size_t len) {
	size_t same = 1, punctuation = 0;

	for (size_t i = 0; i < len; i++) {
		same += i && v[i] == v[0];
		punctuation += !name_is_word((unsigned char)v[i]);
		if (i + 2 < len && v[i] == '*' && v[i + 1] == '*' && v[i + 2] == '*')
			return true;
	}
	return punctuation == len || (same == len && len > 2 && strchr("xX*.#-_", v[0]));
}

bool key_value_is_placeholder(const char *v, size_t len, const char *rest, size_t rest_len) {
	static const struct {
		const char *open, *close;
	} markers[] = {{"${", ""}, {"{{", ""}, {"<", ""},  {"[", ""},  {"%s", ""},  {"%d", ""},
	               {"%v", ""}, {"%{", ""}, {"{}", ""}, {"$(", ""}, {"__", "__"}};

	if (!len || is_stop_word(v, len) || is_masked(v, len))
		return true;
	while (len > 2 && (*v == '[' || *v == '(' || *v == '<')) {
		v++;
		len--;
	}
	while (len > 2 && (v[len - 1] == ']' || v[len - 1] == ')' || v[len - 1] == '>'))
		len--;
	/* Marks may tell what was there: [REDACTED:EMAIL]. */
	if (is_stop_word(v, len) || (len > 9 && !strncasecmp(v, "redacted:", 9)))
		return true;
	for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++)
		if (v[0] == markers[i].open[0] && is_marker(v, len, markers[i].open, markers[i].close))
			return true;
	/* getPassword() or password=func(arg */
	if (rest_len && rest[0] == ')' && memchr(v, '(', len))
		return true;
	return len > 2 && is_marker(v, len, "", "()");
}

/* Of one item of a comma-separated list: its bounds without quotes. Returns where the next begins, or len. */
static size_t list_item(const char *s, size_t len, size_t at, struct key_column *ret) {
	while (at < len && is_space(s[at]))
		at++;
	ret->after = at;
	size_t level = 0;
	while (at + level < len && s[at + level] == '\\')
		level++;
	if (at + level < len && is_quote(s[at + level])) {
		ret->start = at + level + 1;
		ret->end = quoted_end(s, len, ret->start, s[at + level], level);
		at = ret->end;
	} else {
		ret->start = at;
		while (at < len && s[at] != ',' && s[at] != ')')
			at++;
		for (ret->end = at; ret->end > ret->start && is_space(s[ret->end - 1]);)
			ret->end--;
	}
	while (at < len && s[at] != ',' && s[at] != ')')
		at++;
	return at;
}

size_t key_columns(const char *s, size_t len, size_t at, struct key_column *ret, size_t max) {
	size_t close = at, open, n = 0;

	while (close && s[close - 1] != ')' && at - close < 16)
		close--;
	if (!close || s[close - 1] != ')')
		return 0;
	for (open = close; open && s[open - 1] != '(' && close - open < 1024;)
		open--;
	if (!open || s[open - 1] != '(')
		return 0;
	for (size_t column = open; n < max && at < len && column < close; n++) {
		struct key_column name;

		column = list_item(s, close, column, &name) + 1;
		size_t end = list_item(s, len, at, &ret[n]);
		ret[n].key = (struct key){name.start, name.end};
		at = end + 1;
		if (end >= len || s[end] == ')')
			return n + 1;
	}
	return n;
}
