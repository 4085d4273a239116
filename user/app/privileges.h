/* SPDX-License-Identifier: MIT */
/*
 * What a process that has attached its programs may still do: as little as it needs. To be called by a process of one
 * thread, since most of it is of the calling thread; threads and processes that it makes later inherit it.
 */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

#include "base/diag.h"

#include <stdbool.h>
#include <stddef.h>

enum privileges_keep {
	/* CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH: to ask /proc who reads a pipe, and where the code of a leak lies.
	 * Landlock would forbid that: whoever it confines may look at no process outside. */
	PRIVILEGES_KEEP_NAMING,
	PRIVILEGES_KEEP_NONE, /* no capability, and Landlock */
	/* To open files for reading, of whomever, and to make processes that do. For the helper that reads programs. */
	PRIVILEGES_KEEP_READING,
	/* Nor anything else: read, write and cut what is open. For a helper that is told what to do by a socket. */
	PRIVILEGES_KEEP_DESCRIPTORS,
	PRIVILEGES_KEEP_CHILDREN, /* the same, take memory, and make children that may no more. Also for a helper */
};

struct privileges_options {
	enum privileges_keep keep;
	const char *user;                       /* to become, when started as root; NULL: "logspill", or "nobody" */
	const char *const *own;                 /* directories that are to be the user's, with what is in them */
	const char *const *read, *const *write; /* for Landlock: directories, NULL-ended, that may be missing */
};

/*
 * In this order: user, no core dump, memory locked, no_new_privs, Landlock, capabilities, and a list of system calls
 * (without exec, fork, ptrace, mount, bpf() but for maps, ...; for a helper a dozen). What the kernel does not offer,
 * as Landlock before 5.13, is said and left out. 0; -EINVAL (no such user) or -errno with a diagnostic: the process
 * should end then.
 */
int privileges_drop(const struct privileges_options *o, struct diags *ret_diags);
/* All but PRIVILEGES_KEEP_READING, in silence: see symbolizer_open(). */
int privileges_confine_reader(void);
/* Could it become the user? 0, or -EINVAL with a diagnostic. */
int privileges_check_user(const char *name, struct diags *ret_diags);

#endif
