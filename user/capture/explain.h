/* SPDX-License-Identifier: MIT */
/* Why the kernel refused, in words that say what to do. */
#ifndef CAPTURE_EXPLAIN_H
#define CAPTURE_EXPLAIN_H

#include "base/diag.h"

#include <stdbool.h>

/* Keeps what libbpf says from here on instead of printing it; until explain_end(). One user at a time in a process. */
void explain_begin(void);
void explain_end(void);
/* A diagnostic for the failure error (-errno) of loading or attaching; with the verifier's last lines if asked for. */
void explain_failure(int error, bool verifier_log, struct diags *ret_diags);

#endif
