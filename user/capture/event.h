/* SPDX-License-Identifier: MIT */
/* Kernel trace events as perf knows them, whether or not tracefs is mounted. */
#ifndef CAPTURE_EVENT_H
#define CAPTURE_EVENT_H

/* A perf event of a trace event ("syscalls/sys_exit_write") on all processes: a descriptor to attach a program to, or
 * -errno. The kernel runs the program on every cpu, whichever the event is opened for. */
int event_open(const char *name);

#endif
