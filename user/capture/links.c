/* SPDX-License-Identifier: MIT */
#include "capture/links.h"

#include "base/cleanup.h"
#include "capture/event.h"

#include <bpf/libbpf.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALLS "tracepoint/sys_exit/"
#define RAW "raw_tp/"

static int keep(struct links *l, struct bpf_link *link) {
	if (!link)
		return -errno;
	l->list[l->len++] = link;
	return 0;
}

static int attach_event(struct links *l, const struct bpf_program *prog, const char *event) {
	int fd = l->len < LINKS_MAX ? event_open(event) : -E2BIG;
	if (fd < 0)
		return fd;
	int r = keep(l, bpf_program__attach_perf_event(prog, fd)); /* owns fd, unless it fails */
	if (r)
		close(fd);
	l->of_perf = true;
	return r;
}

static int attach_events(struct links *l, const struct bpf_program *prog) {
	_cleanup_free_ char *list = strdup(bpf_program__section_name(prog) + strlen(SYSCALLS));
	char event[64];
	int r = list ? 0 : -ENOMEM;
	for (char *save = NULL, *call = r ? NULL : strtok_r(list, ",", &save); !r && call;
	     call = strtok_r(NULL, ",", &save)) {
		snprintf(event, sizeof(event), "syscalls/sys_exit_%s", call);
		r = attach_event(l, prog, event);
	}
	return r;
}

static int attach_raw(struct links *l, const struct bpf_program *prog, const char *event) {
	return l->len < LINKS_MAX ? keep(l, bpf_program__attach_raw_tracepoint(prog, event)) : -E2BIG;
}

static int attach_uring_event(struct links *l, const struct bpf_program *prog, const char *event) {
	char name[64];
	if (!strncmp(bpf_program__section_name(prog), RAW, strlen(RAW)))
		return attach_raw(l, prog, event);
	snprintf(name, sizeof(name), "io_uring/%s", event);
	return attach_event(l, prog, name);
}

/* A kernel built without io_uring has no such event, and nothing to see. */
static int attach_uring(struct links *l, const struct bpf_program *prog) {
	const char *event = strstr(bpf_program__section_name(prog), "/io_uring_") + 1;
	int r = attach_uring_event(l, prog, event);
	if (r == -ENOENT && !strcmp(event, "io_uring_submit_req"))
		r = attach_uring_event(l, prog, "io_uring_submit_sqe"); /* its name before 6.4 */
	return r == -ENOENT ? 0 : r;
}

int links_attach(struct links *l, const struct bpf_program *prog) {
	const char *section = bpf_program__section_name(prog), *raw = section + strlen(RAW);
	if (strstr(section, "/io_uring_"))
		return attach_uring(l, prog);
	if (!strncmp(section, SYSCALLS, strlen(SYSCALLS)))
		return attach_events(l, prog);
	if (!strncmp(section, RAW "sched_", strlen(RAW "sched_")) || !strcmp(section, RAW "sys_exit"))
		return attach_raw(l, prog, raw);
	return 0;
}

static int by_number(const void *a, const void *b) {
	return *(const int *)a - *(const int *)b;
}

/* Closes all descriptors but the sorted ones. */
static void close_others(const int *keep, size_t len) {
	unsigned int from = 0;
	for (size_t i = 0; i < len; from = (unsigned int)keep[i++] + 1)
		if ((unsigned int)keep[i] > from)
			syscall(SYS_close_range, from, (unsigned int)keep[i] - 1, 0);
	syscall(SYS_close_range, from, ~0u, 0);
}

/* A process of nobody's that holds the links until `until` is closed, and nothing else. */
static void hold(const struct links *l, int until) {
	int keep[LINKS_MAX + 1];
	size_t len = 0;
	char end;
	for (size_t i = 0; i < l->len; i++)
		keep[len++] = bpf_link__fd(l->list[i]);
	keep[len++] = until;
	qsort(keep, len, sizeof(*keep), by_number);
	if (fork() == 0) {
		close_others(keep, len);
		(void)!read(until, &end, 1);
	}
	_exit(0);
}

/*
 * The last to close one of perf's events waits for all readers of RCU, some 80 ms for each event and one after the
 * other. So that we can end at once, another process is the last; the programs have been stopped by then. Where it
 * cannot be had, closing takes its time.
 */
void links_release(struct links *l) {
	int ends[2] = {-1, -1};
	if (l->of_perf && l->len && !pipe2(ends, O_CLOEXEC)) {
		pid_t pid = fork();
		if (pid == 0) {
			close(ends[1]);
			hold(l, ends[0]);
		}
		close(ends[0]);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	while (l->len)
		bpf_link__destroy(l->list[--l->len]);
	if (ends[1] >= 0)
		close(ends[1]);
}
