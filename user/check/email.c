/* SPDX-License-Identifier: MIT */
/* E-mail addresses as logs hold them: RFC 5321 mailboxes without quoted local parts, comments and address literals. */
#include "check/list.h"
#include "check/tld.h"

#include <string.h>
#include <strings.h>

#define EMAIL_MAX 254
#define LOCAL_MAX 64
#define LABEL_MAX 63

struct span {
	const char *s;
	size_t len;
};

static bool alnum_or_utf8(char c) {
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The at sign may have been escaped on its way into the log: URL, quoted-printable, JSON, HTML. */
static bool split(const char *s, size_t len, struct span *ret_local, struct span *ret_domain) {
	static const char *const signs[] = {"@", "%40", "=40", "\\u0040", "&#64;", "&#x40;", "&commat;"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		const char *at = memmem(s, len, signs[i], strlen(signs[i]));

		if (!at)
			continue;
		*ret_local = (struct span){s, (size_t)(at - s)};
		at += strlen(signs[i]);
		*ret_domain = (struct span){at, (size_t)(s + len - at)};
		return true;
	}
	return false;
}

static bool local_ok(struct span local) {
	if (!local.len || local.len > LOCAL_MAX || local.s[0] == '.' || local.s[local.len - 1] == '.')
		return false;
	for (size_t i = 0; i < local.len; i++) {
		if (!alnum_or_utf8(local.s[i]) && (!local.s[i] || !strchr("!#$%&'*+-/=?^_`{|}~.", local.s[i])))
			return false;
		if (i && local.s[i] == '.' && local.s[i - 1] == '.')
			return false;
	}
	return true;
}

/* Takes the last label off the domain; an empty one where there is none. */
static struct span take_label(struct span *domain) {
	const char *dot = memrchr(domain->s, '.', domain->len);
	const char *end = domain->s + domain->len;
	const char *label = dot ? dot + 1 : domain->s;

	domain->len = dot ? (size_t)(dot - domain->s) : 0;
	return (struct span){label, (size_t)(end - label)};
}

static bool label_ok(struct span label) {
	if (!label.len || label.len > LABEL_MAX || label.s[0] == '-' || label.s[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!alnum_or_utf8(label.s[i]) && label.s[i] != '-')
			return false;
	return true;
}

static bool label_is(struct span label, const char *name) {
	return label.len && (label.s[0] | 32) == name[0] && label.len == strlen(name) &&
	       !strncasecmp(label.s, name, label.len);
}

static bool label_among(struct span label, const char *const *names) {
	for (; *names; names++)
		if (label_is(label, *names))
			return true;
	return false;
}

/* RFC 2606, RFC 6761: names that can never belong to anybody. */
static bool reserved(struct span tld, struct span second) {
	static const char *const tlds[] = {"example", "test", "invalid", "localhost", NULL};
	static const char *const under[] = {"com", "net", "org", "edu", NULL};

	return label_among(tld, tlds) || (label_is(second, "example") && label_among(tld, under));
}

enum check_class check_email(const char *s, size_t len) {
	struct span local, domain, tld, second;

	if (len < 3 || len > EMAIL_MAX || !split(s, len, &local, &domain) || !local_ok(local))
		return CHECK_INVALID;
	tld = take_label(&domain);
	second = take_label(&domain);
	if (!label_ok(tld) || (second.len && !label_ok(second)))
		return CHECK_INVALID;
	while (domain.len)
		if (!label_ok(take_label(&domain)))
			return CHECK_INVALID;
	if (domain.s[0] == '.')
		return CHECK_INVALID;
	if (reserved(tld, second))
		return CHECK_DOCUMENTATION;
	return second.len && tld_known(tld.s, tld.len) ? CHECK_REAL : CHECK_INVALID;
}
