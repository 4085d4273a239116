/* SPDX-License-Identifier: MIT */
/*
 * rsyslog: a ruleset that makes $.redacted of $msg. RainerScript replaces one text by another, not a pattern: what a
 * pattern finds is taken whole, with its key, so that a short value is not replaced elsewhere; and the ruleset calls
 * itself as long as anything is found.
 */
#include "export/export.h"

#include "base/cleanup.h"

static const char head[] =
    "# Made by logspill rules export --for rsyslog. Save it as /etc/rsyslog.d/05-logspill.conf: what is written or\n"
    "# forwarded behind it without a template of its own is redacted. A template of yours shows the message as\n"
    "# %$.redacted%; %msg% and %rawmsg% are still as they came. Rulesets of yours begin with the last three lines.\n"
    "template(name=\"logspill_file\" type=\"string\" string=\"%timereported:::date-rfc3339% %hostname% "
    "%syslogtag%%$.redacted:::sp-if-no-1st-sp%%$.redacted:::drop-last-lf%\\n\")\n"
    "template(name=\"logspill_forward\" type=\"string\" string=\"<%pri%>%timereported:::date-rfc3339% %hostname% "
    "%syslogtag:1:32%%$.redacted:::sp-if-no-1st-sp%%$.redacted%\")\n"
    "module(load=\"builtin:omfile\" template=\"logspill_file\")\n"
    "module(load=\"builtin:omfwd\" template=\"logspill_forward\")\n"
    "ruleset(name=\"logspill\") {\n"
    "\tset $.found = 0;\n";

static const char tail[] = "\tset $.tries = $.tries + 1;\n"
                           "\tif $.found == 1 and $.tries < 32 then call logspill\n"
                           "}\n"
                           "set $.redacted = $msg;\n"
                           "set $.tries = 0;\n"
                           "call logspill\n";

static int put_extract(struct buf *out, const struct buf *pattern, unsigned group) {
	int err = buf_printf(out, "re_extract($.redacted, '");
	for (size_t i = 0; i < pattern->len && !err; i++) {
		unsigned char c = pattern->data[i];
		err = c < ' ' || c == '\\' || c == '\'' || c == '"' || c == '$' ? buf_printf(out, "\\x%02x", c)
		                                                                : buf_append(out, &c, 1);
	}
	return err ?: buf_printf(out, "', 0, %u, '')", group);
}

static int put_pattern(struct buf *out, const struct redaction *r, const char *mask) {
	_cleanup_(buf_release) struct buf pattern = {0};
	struct pattern_groups groups;
	int err = pattern_regex(&pattern, r, PATTERN_POSIX, &groups);
	err = err ?: buf_printf(out, "\tset $.whole = ");
	err = err ?: put_extract(out, &pattern, 0);
	err = err ?: buf_printf(out, ";\n\tif $.whole != '' then {\n\t\tset $.redacted = replace($.redacted, $.whole, ");
	if (groups.before) {
		err = err ?: put_extract(out, &pattern, groups.before);
		err = err ?: buf_printf(out, " & ");
	}
	err = err ?: buf_printf(out, "'%s'", mask);
	if (groups.after) {
		err = err ?: buf_printf(out, " & ");
		err = err ?: put_extract(out, &pattern, groups.after);
	}
	return err ?: buf_printf(out, ");\n\t\tset $.found = 1;\n\t}\n");
}

const struct export_target export_rsyslog = {"rsyslog", head, tail, "\t# ", put_pattern};
