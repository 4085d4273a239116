/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

struct start {
	void *(*fn)(void *arg);
	void *arg;
	char name[16]; /* the kernel's TASK_COMM_LEN */
};

/* By itself: another thread's name can only be set by way of /proc. */
static void *begin(void *arg) {
	const struct start s = *(struct start *)arg;
	free(arg);
	prctl(PR_SET_NAME, s.name);
	return s.fn(s.arg);
}

int thread_start(pthread_t *ret, const char *name, void *(*fn)(void *arg), void *arg) {
	_cleanup_free_ struct start *s = malloc(sizeof(*s));
	sigset_t all, before;
	if (!s)
		return -ENOMEM;
	*s = (struct start){.fn = fn, .arg = arg};
	snprintf(s->name, sizeof(s->name), "%s", name);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = -pthread_create(ret, NULL, begin, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!r)
		(void)take(s);
	return r;
}
