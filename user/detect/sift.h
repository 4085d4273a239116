/* SPDX-License-Identifier: MIT */
/* From masks of bytes to places worth a look, 64 bytes at a time. Pure; any thread. */
#ifndef DETECT_SIFT_H
#define DETECT_SIFT_H

#include "detect/digit.h"
#include "detect/mask.h"

/* Fills the second half of m from the first; plain: the table whose shapes need no context; keys_like_hours: a key may
 * stand where a colon ends two digits. Is there any place in m->encoded? */
bool sift_fill(const struct masks *m, const struct digit_table *plain, bool keys_like_hours, size_t len);

#endif
