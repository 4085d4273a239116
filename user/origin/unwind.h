/* SPDX-License-Identifier: MIT */
/* What the symbolizer's process does with one stack. */
#ifndef ORIGIN_UNWIND_H
#define ORIGIN_UNWIND_H

#include "origin/origin.h"

/* maps: of the process, in the form of /proc/PID/maps. Frames are filled in one by one, each complete before it is
 * counted, so that what there is stays good when this process is ended in the middle. */
void unwind_stack(const struct origin_stack *stack, char *maps, size_t maps_len, struct origin *ret);

#endif
