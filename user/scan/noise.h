/* SPDX-License-Identifier: MIT */
/* Log lines that hold nobody's data: what a rule costs is measured on them. Any thread. */
#ifndef SCAN_NOISE_H
#define SCAN_NOISE_H

#include "base/buf.h"

/* Appends whole lines until ret holds at least len bytes; always the same ones. 0 or -ENOMEM. */
int scan_noise(struct buf *ret, size_t len);

#endif
