/* SPDX-License-Identifier: MIT */
/* Scope-bound ownership: `_cleanup_(x_freep) struct x *x = NULL;` frees at scope end; take() hands it over. */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines `f##p(type *)` for use with _cleanup_, calling f when the pointer is not NULL. */
#define DEFINE_CLEANUP(type, f)                                                                                        \
	static inline __attribute__((unused)) void f##p(type *p) {                                                         \
		if (*p)                                                                                                        \
			f(*p);                                                                                                     \
	}

#define take(p)                                                                                                        \
	__extension__({                                                                                                    \
		__auto_type taken_ = (p);                                                                                      \
		(p) = NULL;                                                                                                    \
		taken_;                                                                                                        \
	})

/* The same of a descriptor. */
static inline __attribute__((unused)) int take_fd(int *fd) {
	int taken = *fd;
	*fd = -1;
	return taken;
}

static inline __attribute__((unused)) void freep(void *p) {
	free(*(void **)p);
}
static inline __attribute__((unused)) void closep(int *fd) {
	if (*fd >= 0)
		close(*fd);
}
static inline __attribute__((unused)) void fclosep(FILE **f) {
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

#endif
