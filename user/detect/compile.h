/* SPDX-License-Identifier: MIT */
/*
 * Expressions -> a database, in a child that has so much time and memory: what an author of rules asks of the compiler
 * cannot stop or fill the process that loads them. Any thread.
 */
#ifndef DETECT_COMPILE_H
#define DETECT_COMPILE_H

#include "base/buf.h"
#include "base/diag.h"

#include <stdint.h>

struct anchors;

/*
 * The database in its serialised form. fd: of a socket to a process that runs compile_serve() and makes the child, for
 * whoever may make none; NULL: we make it. 0; -EINVAL with a diagnostic: an expression is wrong, or takes more than
 * there is, which is named; -ENOMEM.
 */
int compile_anchors(struct buf *ret, const struct anchors *a, const int *fd, struct diags *ret_diags);
/* Compiles for whoever is at the other end, one after the other, until it has gone. data_bytes: that this process has,
 * which it may be unable to read by itself. */
void compile_serve(int fd, uint64_t data_bytes);

#endif
