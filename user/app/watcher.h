/* SPDX-License-Identifier: MIT */
/*
 * The event loop around a pipeline: steps it in time, and ends on a signal or when its condition says so. One thread.
 */
#ifndef APP_WATCHER_H
#define APP_WATCHER_H

#include "app/pipeline.h"
#include "base/cleanup.h"

#include <sys/signalfd.h>
#include <systemd/sd-event.h>

struct watcher;

struct watcher_handler {
	void *arg;
	/* SIGINT, SIGTERM or SIGHUP came: true ends the loop. NULL: always. */
	bool (*signal)(void *arg, const struct signalfd_siginfo *info);
	/* The child has ended: its status as waitpid() tells it. The loop ends. */
	void (*child)(void *arg, int status);
	/* Asked after each step, every 100 ms at least: true ends the loop. NULL: never. */
	bool (*done)(void *arg);
};

/* Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD and ignores SIGPIPE: a child undoes it. 0 or -errno. */
int watcher_new(struct watcher **ret, struct pipeline *p, const struct watcher_handler *h);
void watcher_free(struct watcher *w);
DEFINE_CLEANUP(struct watcher *, watcher_free)
/* In a forked child, before exec: signals as they were before watcher_new(). */
void watcher_child_signals(const struct watcher *w);
sd_event *watcher_event(struct watcher *w); /* to add sources to; borrowed */
int watcher_add_child(struct watcher *w, pid_t pid);
int watcher_loop(struct watcher *w); /* 0 or -errno */
/* By who has been woken anyway: or it would be once more, later. 0, or -errno, and the loop ends. */
int watcher_step(struct watcher *w);

#endif
