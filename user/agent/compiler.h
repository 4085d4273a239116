/* SPDX-License-Identifier: MIT */
/*
 * The process that compiles rules for an agent, which may make no child itself once it has given up its rights. It has
 * none of its files, and saw nothing of what is logged: it is made before anything is. One thread.
 */
#ifndef AGENT_COMPILER_H
#define AGENT_COMPILER_H

#include "base/cleanup.h"

struct compiler;

/* user: whom it becomes: see app/privileges.h. 0 or -errno. */
int compiler_new(struct compiler **ret, const char *user);
void compiler_free(struct compiler *c);
DEFINE_CLEANUP(struct compiler *, compiler_free)
/* Whoever waits for it in another thread is told that it has gone. */
void compiler_stop(struct compiler *c);
/* For struct rule_options: borrowed. */
const int *compiler_fd(const struct compiler *c);

#endif
