/* SPDX-License-Identifier: MIT */
#include "detect/span.h"

#include "detect/byte.h"
#include "detect/key.h"

#include <string.h>
#include <strings.h>

static bool ends_local(char c) {
	return c == '&' || c == '|' || c == '$' || c == '!' || c == '*' || c == '#' || c == '^' || c == '~';
}

static bool in(char c, const char *set) {
	return c && strchr(set, c);
}

bool escape_ends_at(const char *s, size_t at) {
	if (at >= 2 && s[at - 2] == '\\' && strchr("nrtfb", s[at - 1]))
		return true;
	if (at >= 3 && s[at - 3] == '%' && byte_is_hex(s[at - 2]) && byte_is_hex(s[at - 1]))
		return true;
	if (at >= 6 && s[at - 6] == '\\' && s[at - 5] == 'u')
		return true;
	if (at >= 4 && s[at - 4] == '\\' && s[at - 3] == 'x')
		return true;
	return at >= 4 && s[at - 1] == 'm' && memrchr(s + (at > 12 ? at - 12 : 0), '\033', at > 12 ? 12 : at);
}

/* A run of bytes was walked back to start: what of its front belongs to an escape (`\n`, `%3D`, `\u003c`)? */
static size_t skip_escape(const char *s, size_t start, size_t end) {
	if (start && s[start - 1] == '\\' && start < end) {
		if (s[start] == 'u' && end - start > 5)
			return start + 5;
		if (s[start] == 'x' && end - start > 3)
			return start + 3;
		return start + in(s[start], "nrtfb");
	}
	if (start && s[start - 1] == '%' && end - start > 2 && byte_is_hex(s[start]) && byte_is_hex(s[start + 1]))
		return start + 2;
	return start;
}

struct at_sign {
	size_t start, end;
	bool encoded;
};

/* &#64; &#x40; &commat; */
static bool find_html_sign(const char *s, size_t at, struct at_sign *ret) {
	size_t end = at ? at - 1 : 0;

	for (size_t n = 5; n <= 8 && n <= end; n++)
		if (s[end - n] == '&') {
			*ret = (struct at_sign){end - n, end, false};
			return true;
		}
	return false;
}

static bool find_at_sign(const char *s, size_t at, struct at_sign *ret) {
	for (size_t end = at; end && at - end < 8; end--) {
		size_t n = s[end - 1] == '@' ? 1 : 0;

		if (s[end - 1] == '0' && end >= 3 && s[end - 2] == '4' && (s[end - 3] == '%' || s[end - 3] == '='))
			n = 3;
		else if (s[end - 1] == '0' && end >= 6 && !memcmp(s + end - 6, "\\u0040", 6))
			n = 6;
		if (n) {
			*ret = (struct at_sign){end - n, end, n > 1};
			return true;
		}
	}
	return false;
}

/* Bytes of the character of a mailbox that ends at `end`; of one of a host's name that begins at s. 0: there is none.
 */
static size_t mailbox_len_before(const char *s, size_t end) {
	if (byte_is_alnum(s[end - 1]) || in(s[end - 1], "._+-'!#$&*~^|"))
		return 1;
	return end >= 2 && byte_is_letter_pair(s + end - 2) ? 2 : 0;
}

static size_t host_len(const char *s, size_t len) {
	if (byte_is_alnum(s[0]) || s[0] == '.' || s[0] == '-')
		return 1;
	return len >= 2 && byte_is_letter_pair(s) ? 2 : 0;
}

static bool span_around_sign(const char *s, size_t len, struct at_sign sign, struct span *ret) {
	size_t start = sign.start, end = sign.end, n;

	while (start && sign.start - start < 65 && (n = mailbox_len_before(s, start)))
		start -= n;
	start = skip_escape(s, start, sign.start);
	/* A query string or shell text: what stands before these is not of the address. */
	for (size_t i = start; i < sign.start; i++)
		if (ends_local(s[i]))
			start = i + 1;
	while (start < sign.start && in(s[start], "'.-+"))
		start++;
	while (end < len && end - sign.end < 253 && (n = host_len(s + end, len - end)))
		end += n;
	while (end > sign.end && in(s[end - 1], ".-"))
		end--;
	if (end < len && (s[end] == '_' || s[end] == '@'))
		return false;
	/* The remote of a version control system: host and path. */
	if (sign.start - start == 3 && !memcmp(s + start, "git", 3) && end < len && (s[end] == ':' || s[end] == '/'))
		return false;
	*ret = (struct span){.start = start, .end = end, .encoded = sign.encoded};
	return start < sign.start && end > sign.end && sign.start - start <= 64;
}

static bool span_email(const char *s, size_t len, size_t at, struct span *ret) {
	struct at_sign sign;

	return find_at_sign(s, at, &sign) && span_around_sign(s, len, sign, ret);
}

static bool span_email_html(const char *s, size_t len, size_t at, struct span *ret) {
	struct at_sign sign;

	return find_html_sign(s, at, &sign) && span_around_sign(s, len, sign, ret);
}

size_t span_plus_len(const char *s, size_t len) {
	if (len && s[0] == '+')
		return 1;
	if (len >= 3 && !strncasecmp(s, "%2B", 3))
		return 3;
	return len >= 6 && !strncasecmp(s, "\\u002B", 6) ? 6 : 0;
}

static size_t plus_len_before(const char *s, size_t end) {
	for (size_t n = 1; n <= 6 && n <= end; n++)
		if (span_plus_len(s + end - n, n) == n)
			return n;
	return 0;
}

#define PHONE_DIGITS_MAX 15

/* Bytes of what may stand between digits, 0: none. In a URL blanks are plus signs or %20. */
static size_t phone_gap(const char *s, size_t len, bool of_url) {
	if (in(s[0], of_url ? "+-.()/" : " -.()/"))
		return 1;
	return len >= 3 && s[0] == '%' && s[1] == '2' && in(s[2], "089") ? 3 : 0;
}

static bool span_phone_intl(const char *s, size_t len, size_t at, struct span *ret) {
	size_t end = at, digits = 0, whole = 0, n; /* whole: those of whole groups, which end before `end` */

	while (end && at - end < 6 && !plus_len_before(s, end))
		end--;
	n = plus_len_before(s, end);
	if (!n)
		return false;
	size_t start = end - n;
	bool of_url = s[start] == '%';
	if (start && byte_is_word(s[start - 1]) && !escape_ends_at(s, start))
		return false;
	for (size_t i = end, gap = 0; i < len; i += n) {
		n = 1;
		if (byte_is_digit(s[i])) {
			if (++digits > PHONE_DIGITS_MAX)
				break;
			gap = 0;
			if (i + 1 == len || !byte_is_digit(s[i + 1])) {
				end = i + 1;
				whole = digits;
			}
		} else if (!(n = phone_gap(s + i, len - i, of_url)) || ++gap > 2) {
			break;
		} else {
			of_url |= n > 1;
		}
	}
	if (end < len && (byte_is_word(s[end]) || (end + 1 < len && in(s[end], ".:-") && byte_is_digit(s[end + 1]))))
		return false;
	*ret = (struct span){.start = start, .end = end, .may_shrink = true};
	ret->encoded = s[start] != '+' || memchr(s + start, '%', end - start);
	return whole >= 7;
}

#define IPV4_LEN_MAX 15

static bool span_ipv4(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at, groups = 1;

	while (start && (byte_is_digit(s[start - 1]) || s[start - 1] == '.'))
		if (at - --start > IPV4_LEN_MAX)
			return false;
	size_t run = start;
	start = skip_escape(s, start, at);
	while (end < len && (byte_is_digit(s[end]) || (s[end] == '.' && end + 1 < len && byte_is_digit(s[end + 1]))))
		if (++end - start > IPV4_LEN_MAX)
			return false;
	for (size_t i = start; i < end; i++)
		groups += s[i] == '.';
	if (groups != 4)
		return false;
	if (start == run && start && (byte_is_word(s[start - 1]) || in(s[start - 1], "-+")) && !escape_ends_at(s, start))
		return false;
	/* `1.8.3.1-20.el7` and `1.7.0.6.txt` are versions. */
	if (end < len && (byte_is_word(s[end]) || (in(s[end], "-.") && end + 1 < len && byte_is_alnum(s[end + 1]))))
		return false;
	*ret = (struct span){.start = start, .end = end};
	return true;
}

static bool span_ipv6(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at, colons = 0, digits = 0;
	bool doubled = false;

	while (start && at - start < 40 && (byte_is_hex(s[start - 1]) || s[start - 1] == ':' || s[start - 1] == '.'))
		start--;
	while (start < at && (s[start] == '.' || (s[start] == ':' && s[start + 1] != ':')))
		start++;
	while (end < len && end - start < 46 && (byte_is_hex(s[end]) || s[end] == ':' || s[end] == '.'))
		end++;
	while (end > start && (s[end - 1] == '.' || (s[end - 1] == ':' && end - start > 2 && s[end - 2] != ':')))
		end--;
	for (size_t i = start; i < end; i++) {
		colons += s[i] == ':';
		digits += byte_is_digit(s[i]);
		doubled = doubled || (i && i > start && s[i] == ':' && s[i - 1] == ':');
	}
	/* Clock times have colons too: an address has seven, or two side by side. `a::b` is a name of C++. */
	if (!digits || (s[start] != ':' && s[start + 1] == ':') || colons < 2 || colons > 8 || (!doubled && colons != 7))
		return false;
	if ((start && (byte_is_word(s[start - 1]) || s[start - 1] == ':')) ||
	    (end < len && (byte_is_word(s[end]) || s[end] == ':')))
		return false;
	*ret = (struct span){.start = start, .end = end};
	/* Eight pairs in full are no address, but a longer kind of MAC address. */
	return doubled ? end - start > 2 : end - start > 8 * 2 + 7;
}

static bool is_pair_at(const char *s, size_t len, size_t at) {
	return at + 2 <= len && byte_is_hex(s[at]) && byte_is_hex(s[at + 1]);
}

static bool span_mac(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at - 2, end = at + 15;
	char separator = s[at];

	if (at < 2 || end > len || !is_pair_at(s, len, start))
		return false;
	for (size_t i = at; i < end; i += 3)
		if (s[i] != separator || !is_pair_at(s, len, i + 1))
			return false;
	if (start && (byte_is_word(s[start - 1]) || s[start - 1] == separator) && !escape_ends_at(s, start))
		return false;
	if (end < len && (byte_is_word(s[end]) || (s[end] == separator && end + 1 < len && byte_is_hex(s[end + 1]))))
		return false;
	*ret = (struct span){.start = start, .end = end};
	return true;
}

static bool is_base64url(char c) {
	return byte_is_alnum(c) || c == '_' || c == '-';
}

static bool span_jwt(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at, dots = 0;

	while (start >= 3 && at - start < 64 && memcmp(s + start - 3, "eyJ", 3))
		start--;
	if (start < 3 || memcmp(s + start - 3, "eyJ", 3))
		return false;
	start -= 3;
	if (start && is_base64url(s[start - 1]) && !escape_ends_at(s, start))
		return false;
	while (end < len && (is_base64url(s[end]) || (s[end] == '.' && ++dots <= 2)))
		end++;
	*ret = (struct span){.start = start, .end = end};
	return memchr(s + start, '.', end - start);
}

static bool span_url_userinfo(const char *s, size_t len, size_t at, struct span *ret) {
	size_t scheme = at, colon = 0, end = 0;

	while (scheme >= 3 && at - scheme < 128 && memcmp(s + scheme - 3, "://", 3))
		scheme--;
	if (scheme < 3 || memcmp(s + scheme - 3, "://", 3))
		return false;
	for (size_t i = scheme; i < len && !in(s[i], " \t/\"'<>\\,"); i++) {
		if (s[i] == ':' && !colon && !end)
			colon = i;
		if (s[i] == '@')
			end = i;
	}
	if (!colon || !end || end <= colon + 1)
		return false;
	*ret = (struct span){.start = colon + 1, .end = end};
	return true;
}

static bool is_token(char c) {
	return byte_is_alnum(c) || in(c, "_-./+=~");
}

static bool span_token(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at;

	/* An `=` or a slash before it belongs to a key or a path, not to the token. */
	while (start && at - start < 256 && (is_base64url(s[start - 1]) || in(s[start - 1], ".~+")))
		start--;
	while (start < at && in(s[start], ".~+"))
		start++;
	start = skip_escape(s, start, at);
	while (end < len && is_token(s[end]))
		end++;
	while (end > at && in(s[end - 1], "./"))
		end--;
	*ret = (struct span){.start = start, .end = end};
	return end > start;
}

/* An argument: what blanks or quotes stand around, behind a colon. A word in small letters, or in capitals, is prose.
 */
static bool span_word(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at, small = 0, capital = 0;

	while (start && at - start < 256 && !in(s[start - 1], " \"'`:="))
		start--;
	char quote = start && in(s[start - 1], "\"'") ? s[start - 1] : ' ';
	while (end < len && s[end] != quote && s[end] != ' ' && s[end] != '\\')
		end++;
	for (size_t i = start; i < end; i++) {
		small += s[i] >= 'a' && s[i] <= 'z';
		capital += (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
	}
	*ret = (struct span){.start = start, .end = end};
	return end - start >= 4 && small < end - start && capital < end - start && !in(s[start], "$%@{") &&
	       !key_value_is_placeholder(s + start, end - start, "", 0);
}

/* A word such as prose has none: letters, and digits or signs among them. */
static bool span_password(const char *s, size_t len, size_t at, struct span *ret) {
	size_t letters = 0, others = 0;

	if (!span_word(s, len, at, ret))
		return false;
	for (size_t i = ret->start; i < ret->end; i++) {
		letters += byte_is_alnum(s[i]) && !byte_is_digit(s[i]);
		others += byte_is_digit(s[i]) || in(s[i], "!#$%^&*?@+~");
	}
	return ret->end - ret->start >= 6 && letters && others;
}

/* Of a record whose fields have a place instead of a name: HL7 (`|`), X12 (`*`). The anchor ends inside the field. */
static bool span_field(const char *s, size_t len, size_t at, struct span *ret) {
	size_t start = at, end = at;

	while (start && at - start < 128 && !in(s[start - 1], "|*"))
		start--;
	if (!start || !in(s[start - 1], "|*"))
		return false;
	while (end < len && end - start < 128 && s[end] != s[start - 1] && !in(s[end], "~\\\"\r\n"))
		end++;
	while (end > start && s[end - 1] == '^')
		end--;
	*ret = (struct span){.start = start, .end = end};
	return end > start;
}

static bool span_pem(const char *s, size_t len, size_t at, struct span *ret) {
	static const char begin[] = "-----BEGIN";
	const size_t n = sizeof(begin) - 1;
	size_t start = at;

	while (start >= n && at - start < 96 && memcmp(s + start - n, begin, n))
		start--;
	if (start < n || memcmp(s + start - n, begin, n))
		return false;
	start -= n;
	const char *close = memmem(s + start + n, len - start - n, "-----", 5);
	*ret = (struct span){.start = start, .end = close ? (size_t)(close - s) + 5 : at};
	return ret->end <= len;
}

static const struct span_kind kinds[] = {
    {"email", span_email, SPAN_SIGNS},  {"email_html", span_email_html, SPAN_ANCHOR},
    {"field", span_field, SPAN_ANCHOR}, {"ipv4", span_ipv4, SPAN_DOTS},
    {"ipv6", span_ipv6, SPAN_COLONS},   {"jwt", span_jwt, SPAN_ANCHOR},
    {"mac", span_mac, SPAN_PAIRS},      {"password", span_password, SPAN_ANCHOR},
    {"pem", span_pem, SPAN_ANCHOR},     {"phone_intl", span_phone_intl, SPAN_PLUSES},
    {"token", span_token, SPAN_ANCHOR}, {"url_userinfo", span_url_userinfo, SPAN_ANCHOR},
    {"word", span_word, SPAN_ANCHOR},
};

const struct span_kind *span_find(const char *name) {
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}
