/* SPDX-License-Identifier: MIT */
/*
 * A view on the terminal of standard output, kept up by an event loop: redrawn each second or when there is something
 * new, at each key and when the terminal changes its size. Nothing else may be written there until it is closed. One at
 * a time in a process.
 */
#ifndef VIEW_SCREEN_H
#define VIEW_SCREEN_H

#include "base/cleanup.h"
#include "emit/finding_list.h"

#include <systemd/sd-event.h>

struct screen;

/* Where what is shown comes from. */
struct screen_source {
	void *arg;
	int fd; /* readable when there is something new; -1: looked at each second */
	/* With the findings that are wanted at least. The caller drops *ret (NULL: as before) and frees *ret_trouble, why
	 * there is no newer one (NULL: it is new). 0; -errno: it has come to an end. */
	int (*look)(void *arg, const struct finding_query *wanted, struct snapshot **ret, char **ret_trouble);
};

/* Is there a terminal on both standard input and output that can show it, and is it ours to use now? */
bool screen_is_possible(void);
/* 0 or -errno, the terminal as it was. */
int screen_open(struct screen **ret, const struct screen_source *source, sd_event *loop);
/* The terminal is as it was before. */
void screen_close(struct screen *s);
DEFINE_CLEANUP(struct screen *, screen_close)

#endif
