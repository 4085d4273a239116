/* SPDX-License-Identifier: MIT */
/* Threads beside the main one. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

/* As pthread_create(): joined by the caller. Signals are left to the others; its name, of which 15 bytes are shown, is
 * for who lists threads. 0 or -errno. */
int thread_start(pthread_t *ret, const char *name, void *(*fn)(void *arg), void *arg);

#endif
