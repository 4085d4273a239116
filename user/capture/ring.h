/* SPDX-License-Identifier: MIT */
/*
 * Consumer of a BPF ring buffer. Unlike libbpf's it gives space back in batches: the producer reads that position at
 * each record, so moving it at each record would cost the writer a cache miss. One thread; owns its mappings.
 */
#ifndef CAPTURE_RING_H
#define CAPTURE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring {
	int epoll_fd; /* readable after a wake-up, not whenever there is data */
	size_t mask, page_size;
	uint64_t *consumer; /* page that we write */
	void *producer;     /* page that the kernel writes, the data, and of their start again what a record may take */
	size_t producer_len;
};

/* 0 or -errno. bytes: as the map was made with; record_max: no record is longer. */
int ring_init(struct ring *r, int map_fd, size_t bytes, size_t record_max);
void ring_release(struct ring *r);

/* Calls fn in order for each complete record of those in the ring at the call; the number of them. The bytes are
 * borrowed until fn returns. */
int ring_consume(struct ring *r, void (*fn)(void *arg, const void *record, size_t len), void *arg);
/* Where the next record will begin; and whether all before that has been consumed. It has not if a program that was
 * held up is still writing a record there. */
uint64_t ring_end(const struct ring *r);
bool ring_has_come_to(const struct ring *r, uint64_t end);
int ring_is_empty(const struct ring *r);
size_t ring_filled(const struct ring *r); /* bytes that wait, with their headers */

#endif
