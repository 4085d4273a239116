/* SPDX-License-Identifier: MIT */
#ifndef BASE_CAPABILITIES_H
#define BASE_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>

bool capabilities_any(void); /* has this process one? */
/* The calling thread keeps of its capabilities these at most, and nothing brings back the others. 0 or -EPERM. */
int capabilities_keep(const unsigned int *kept, size_t len);
/* Nothing that is executed later has any, whatever its file says. Only with CAP_SETPCAP, which goes with root: else
 * nothing happens, and it is no_new_privs that keeps them away. */
void capabilities_empty_bounding_set(void);

#endif
