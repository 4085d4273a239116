/* SPDX-License-Identifier: MIT */
/* Bearer tokens stand in files, which command lines and configuration name. */
#ifndef AGENT_TOKEN_H
#define AGENT_TOKEN_H

#include "base/buf.h"
#include "base/diag.h"

int token_read(const char *path, struct buf *ret,
               struct diags *diags); /* the first line; 0, or -errno and a diagnostic */

#endif
