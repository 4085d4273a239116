/* SPDX-License-Identifier: MIT */
/*
 * Can this host be watched, and what will it not let us see: each requirement looked at or tried, with why it matters
 * and what to do. A report owns its texts. One thread.
 */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "app/options.h"

#include <stdbool.h>
#include <stddef.h>

#define DOCTOR_CHECKS_MAX 24

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_NOTE,    /* worth knowing; nothing is missed */
	DOCTOR_LIMITED, /* watching works, but something is not seen or cannot be asked for */
	DOCTOR_MISSING, /* watching does not work */
};

struct doctor_check {
	const char *name;
	enum doctor_state state;
	char *found;        /* what is there: a phrase; NULL without memory */
	const char *why;    /* it matters; NULL: all is well */
	const char *remedy; /* NULL: all is well, or there is none */
};

struct doctor_report {
	struct doctor_check items[DOCTOR_CHECKS_MAX];
	size_t len;
};

/* Looks at /proc and /sys below root ("" for this host). Changes nothing. */
void doctor_look(struct doctor_report *r, const char *root);
/* Loads the rules and watches a process of ours that writes one line, with either hook. Needs the rights to watch. */
void doctor_try(struct doctor_report *r, const struct options *options);

/* Adds one. found is formatted; why and remedy are borrowed forever. */
void doctor_add(struct doctor_report *r, const char *name, enum doctor_state state, const char *why, const char *remedy,
                const char *found, ...) __attribute__((format(printf, 6, 7)));
enum doctor_state doctor_worst(const struct doctor_report *r);
const char *doctor_state_name(enum doctor_state s); /* "ok", "note", "limited", "missing" */
/* doctor/v1, one line; malloc'ed, NULL without memory. */
char *doctor_json(const struct doctor_report *r);
void doctor_release(struct doctor_report *r);

#endif
