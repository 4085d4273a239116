/* SPDX-License-Identifier: MIT */
/*
 * What was not looked at, beside the bytes counted as lost: each kind and name once. Owns its names. One thread.
 */
#ifndef CAPTURE_BLIND_H
#define CAPTURE_BLIND_H

#include "bpf/wire.h"

#include <stddef.h>

#define BLIND_SPOTS_MAX 256 /* more are one nameless spot of their kind */

struct blind_spot {
	enum wire_blind kind;
	char *name; /* of the sink, program or hook that it is about; NULL: of none, or of several */
	struct wire_amount amount;
};

struct blind_spots {
	struct blind_spot *items;
	size_t len;
};

/* Adds to the spot of that kind and name (or NULL), which is made if need be; no events: nothing. 0 or -ENOMEM. */
int blind_spots_add(struct blind_spots *b, enum wire_blind kind, const char *name, struct wire_amount amount);
/* Adds what the kernel side counted of a sink. 0 or -ENOMEM. */
int blind_spots_add_sink(struct blind_spots *b, const char *name, const struct wire_sink_stats *stats);
void blind_spots_release(struct blind_spots *b);

#endif
