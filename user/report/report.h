/* SPDX-License-Identifier: MIT */
/*
 * How a set of findings reads when all is over: one file and one line in the table of report.c for each format. What
 * comes out holds no raw value because `struct finding` has none. Any thread.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "find/find.h"
#include "find/timeline.h"
#include "find/verdict.h"

#include <stdbool.h>

enum report_standing {
	REPORT_COUNTS = FINDING_COUNTS, /* for verdict and exit status */
	REPORT_KNOWN = FINDING_KNOWN,
	REPORT_BELOW = FINDING_BELOW,
	REPORT_WAIVED, /* accepted by its owner until a day */
};

struct report_item {
	const struct finding *finding;
	uint64_t line, column, end_column; /* of its first match, 1-based, in characters, end exclusive; 0: not known */
	enum report_standing standing;
	const char *hosts; /* that have it; NULL: that of the report */
	const char *json;  /* finding/v1; NULL: nobody wants it */
};

/* What was watched, how and when; of a watch. Strings may be NULL: not known. */
struct report_watch {
	const char *subject; /* "unit shop.service", "program nginx": as the user named it */
	const char *command; /* that does the same again, as typed into a shell */
	const char *host, *kernel, *version, *hook;
	size_t rules_len;                /* in force; 0: not known */
	uint64_t started_ns, ended_ns;   /* wall clock */
	const struct timeline *timeline; /* NULL: not known */
};

/* Borrowed for the call. */
struct report {
	const struct report_item *items; /* of files: by file, worst first in each */
	size_t len;
	const struct summary *summary;    /* of files: its writes are files, its records lines */
	const struct report_watch *watch; /* NULL: files were looked at */
	const char *directory;            /* absolute: what paths below it are made relative to */
	uint64_t binaries, specials;      /* files left out */
	const char *const *gone;          /* findings of the baseline that are no more, in words */
	size_t gone_len;
	const char *json; /* summary/v1, and sink/v1 before it, a line each; NULL: nobody wants it */
	bool baseline;    /* there was one to compare with */
	bool color;
};

struct report_format {
	const char *name;                       /* as -f takes it */
	bool whole;                             /* a document: replaces a file instead of being appended to it */
	const char *ending;                     /* of names of files that are in this format */
	bool wants_json;                        /* uses what the report and its items have as JSON */
	char *(*write)(const struct report *r); /* malloc'ed, NULL without memory */
};

const struct report_format *report_format_find(
    const char *name); /* "text", "md", "html", "json", "sarif", "junit", "github"; NULL: no such format */
/* By what comes behind the last dot of a file's name; NULL: no such format. */
const struct report_format *report_format_of_file(const char *path);

#endif
