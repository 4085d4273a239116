/* SPDX-License-Identifier: MIT */
/*
 * Snapshots on their way into a store, by a thread of its own: whoever makes them does not wait for a disk. When it is
 * slow, snapshots are passed over, which loses nothing: the next one holds the same sums.
 */
#ifndef EMIT_STORE_WRITER_H
#define EMIT_STORE_WRITER_H

#include "emit/store.h"

struct store_writer;

/* Called by the thread with each snapshot that was written, or could not be. */
typedef void (*store_writer_fn)(void *arg, struct snapshot *s);

int store_writer_new(struct store_writer **ret, struct store *s, store_writer_fn fn, void *arg); /* s is borrowed */
/* Returns when the last one is written, or could not be. */
void store_writer_free(struct store_writer *w);
DEFINE_CLEANUP(struct store_writer *, store_writer_free)
void store_writer_put(struct store_writer *w, struct snapshot *s); /* holds it for as long as need be */

#endif
