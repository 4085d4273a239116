/* SPDX-License-Identifier: MIT */
/* Is this the last label of a name that can exist in the public DNS? */
#ifndef CHECK_TLD_H
#define CHECK_TLD_H

#include <stdbool.h>
#include <stddef.h>

#define TLD_MAX 63

bool tld_known(const char *label, size_t len); /* any case; reserved names (RFC 2606, RFC 6761) are not known */

#endif
