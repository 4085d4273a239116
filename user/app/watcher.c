/* SPDX-License-Identifier: MIT */
#include "app/watcher.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

struct watcher {
	struct pipeline *pipeline;
	struct watcher_handler handler;
	sd_event *loop;
	sd_event_source *timer;
	sigset_t mask_before;
	struct sigaction pipe_before;
};

int watcher_step(struct watcher *w) {
	int r = pipeline_step(w->pipeline), timeout_ms = pipeline_timeout_ms(w->pipeline);
	if (r < 0)
		return sd_event_exit(w->loop, r);
	if (w->handler.done && w->handler.done(w->handler.arg))
		return sd_event_exit(w->loop, 0);
	if (w->handler.done && timeout_ms > CAPTURE_POLL_MS)
		timeout_ms = CAPTURE_POLL_MS;
	r = sd_event_source_set_time(w->timer, clock_monotonic_ns() / 1000 + (uint64_t)timeout_ms * 1000);
	return r < 0 ? r : sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *arg) {
	(void)source, (void)fd, (void)events;
	return watcher_step(arg);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg) {
	(void)source, (void)usec;
	return watcher_step(arg);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *arg) {
	(void)source;
	struct watcher *w = arg;
	bool end = !w->handler.signal || w->handler.signal(w->handler.arg, info);
	return end ? sd_event_exit(w->loop, 0) : 0;
}

static int on_child(sd_event_source *source, const siginfo_t *info, void *arg) {
	(void)source;
	struct watcher *w = arg;
	int status = info->si_code == CLD_EXITED ? W_EXITCODE(info->si_status, 0) : W_EXITCODE(0, info->si_status);
	w->handler.child(w->handler.arg, status);
	return sd_event_exit(w->loop, 0);
}

static int watch_signals(struct watcher *w) {
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		sigaddset(&set, ends[i]);
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	if (sigprocmask(SIG_BLOCK, &set, &w->mask_before) < 0 || sigaction(SIGPIPE, &ignore, &w->pipe_before) < 0)
		return -errno;
	int r = 0;
	for (size_t i = 0; r >= 0 && i < sizeof(ends) / sizeof(*ends); i++)
		r = sd_event_add_signal(w->loop, NULL, ends[i], on_signal, w);
	return r;
}

void watcher_child_signals(const struct watcher *w) {
	sigaction(SIGPIPE, &w->pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &w->mask_before, NULL);
}

int watcher_new(struct watcher **ret, struct pipeline *p, const struct watcher_handler *h) {
	_cleanup_(watcher_freep) struct watcher *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->pipeline = p;
	w->handler = *h;
	int r = sd_event_new(&w->loop);
	if (r >= 0)
		r = watch_signals(w);
	if (r >= 0)
		r = sd_event_add_io(w->loop, NULL, capture_fd(pipeline_capture(p)), EPOLLIN, on_ring, w);
	if (r >= 0)
		r = sd_event_add_time(w->loop, &w->timer, CLOCK_MONOTONIC, 0, 1, on_timer, w);
	if (r < 0)
		return r;
	*ret = take(w);
	return 0;
}

void watcher_free(struct watcher *w) {
	if (!w)
		return;
	sd_event_source_unref(w->timer);
	sd_event_unref(w->loop);
	free(w);
}

sd_event *watcher_event(struct watcher *w) {
	return w->loop;
}

int watcher_add_child(struct watcher *w, pid_t pid) {
	int r = sd_event_add_child(w->loop, NULL, pid, WEXITED, on_child, w);
	return r < 0 ? r : 0;
}

int watcher_loop(struct watcher *w) {
	int r = sd_event_loop(w->loop);
	return r < 0 ? r : 0;
}
