/* SPDX-License-Identifier: MIT */
/* The origins that a finding lists. */
#ifndef FIND_ORIGINS_H
#define FIND_ORIGINS_H

#include "find/find.h"

/* One more stack: counted with the same one if there is one (1), else added (0). -ENOMEM. */
int origins_add(struct finding *f, const struct origin *origin);
void origins_name_frames(struct finding *f, struct perf_map *map);
void origins_release(struct finding *f);

#endif
