/* SPDX-License-Identifier: MIT */
/* Texts that are pieces of one line: the next piece begins with the end of this one. Each match counts once. */
#ifndef APP_PIECE_H
#define APP_PIECE_H

#include "detect/detect.h"

struct piece {
	uint32_t len;
	uint32_t overlap; /* leading bytes that the piece before ended with; 0: the line begins here */
	uint32_t again;   /* of its end, so many bytes at most begin the next piece; 0: there is none */
};

/* A match that ends where the piece ends may be a part of something longer: the next tells, if it holds all of it. */
static inline bool piece_counts(const struct piece *p, const struct detect_match *m) {
	bool is_of_piece_before = m->end < p->overlap;
	bool is_of_next_piece = p->again && m->end == p->len && m->start + p->again >= p->len;
	return !is_of_piece_before && !is_of_next_piece;
}

#endif
