/* SPDX-License-Identifier: MIT */
/*
 * A view on the terminal of standard output, kept up by a watcher's event loop: redrawn each second, at each key and
 * when the terminal changes its size. Nothing else may be written there until it is closed. One at a time in a process.
 */
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include "app/watcher.h"
#include "base/cleanup.h"

struct screen;

/* Is there a terminal on both standard input and output that can show it, and is it ours to use now? */
bool screen_is_possible(void);
/* 0 or -errno, the terminal as it was. */
int screen_open(struct screen **ret, struct pipeline *p, struct watcher *w);
/* The terminal is as it was before. */
void screen_close(struct screen *s);
DEFINE_CLEANUP(struct screen *, screen_close)

#endif
