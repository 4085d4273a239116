/* SPDX-License-Identifier: MIT */
/* Places in a slab worth a look, as a list of offsets: it is walked without a guess at every place that is none. */
#ifndef DETECT_PLACE_H
#define DETECT_PLACE_H

#include <stddef.h>
#include <stdint.h>

#define PLACES_SPARE 64 /* items written beyond the last one */

struct places {
	uint16_t *at; /* ascending */
	size_t len;
	size_t next; /* the first that is not before the text at hand */
};

/* The ones of a mask of len bits; p->at has room for all of them and PLACES_SPARE. */
void places_fill(struct places *p, const uint64_t *mask, size_t len);
/* The portable form of it, what tests compare with. */
void places_fill_portable(struct places *p, const uint64_t *mask, size_t len);

/* Moves p->next to the first place from `from` on. */
static inline void places_seek(struct places *p, size_t from) {
	while (p->next && p->at[p->next - 1] >= from)
		p->next--;
	while (p->next < p->len && p->at[p->next] < from)
		p->next++;
}

#endif
