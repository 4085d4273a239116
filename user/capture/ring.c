/* SPDX-License-Identifier: MIT */
#include "capture/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_LEN 8
#define RELEASE_BYTES (256 * 1024)

int ring_init(struct ring *r, int map_fd, size_t bytes, size_t record_max) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* Mapping all of it twice, as the kernel offers, would count it twice as resident memory of ours. */
	size_t again = (record_max + HEADER_LEN + page - 1) & ~(page - 1);
	struct epoll_event edge = {.events = EPOLLIN | EPOLLET};

	*r = (struct ring){.epoll_fd = -1,
	                   .mask = bytes - 1,
	                   .page_size = page,
	                   .producer_len = page + bytes + (again < bytes ? again : bytes)};
	r->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
	if (r->consumer == MAP_FAILED) {
		r->consumer = NULL;
		return -errno;
	}
	r->producer = mmap(NULL, r->producer_len, PROT_READ, MAP_SHARED, map_fd, (off_t)page);
	if (r->producer == MAP_FAILED) {
		r->producer = NULL;
		return -errno;
	}
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0 || epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, map_fd, &edge) < 0)
		return -errno;
	return 0;
}

void ring_release(struct ring *r) {
	if (r->producer)
		munmap(r->producer, r->producer_len);
	if (r->consumer)
		munmap(r->consumer, r->page_size);
	if (r->producer_len && r->epoll_fd >= 0)
		close(r->epoll_fd);
	*r = (struct ring){.epoll_fd = -1};
}

uint64_t ring_end(const struct ring *r) {
	return __atomic_load_n((const uint64_t *)r->producer, __ATOMIC_ACQUIRE);
}

bool ring_has_come_to(const struct ring *r, uint64_t end) {
	return *r->consumer >= end;
}

size_t ring_filled(const struct ring *r) {
	return ring_end(r) - *r->consumer;
}

int ring_is_empty(const struct ring *r) {
	return !ring_filled(r);
}

int ring_consume(struct ring *r, void (*fn)(void *arg, const void *record, size_t len), void *arg) {
	const char *data = (const char *)r->producer + r->page_size;
	struct epoll_event event;
	int n = 0;

	/* Takes the edge back, before looking: one that comes later is not lost. */
	(void)!epoll_wait(r->epoll_fd, &event, 1, 0);
	uint64_t at = *r->consumer, released = at, end = ring_end(r);
	while (at < end) {
		const uint32_t *header = (const uint32_t *)(data + (at & r->mask));
		uint32_t len = __atomic_load_n(header, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			fn(arg, header + 2, len);
			n++;
		}
		at += ((len & ~BPF_RINGBUF_DISCARD_BIT) + HEADER_LEN + 7) & ~(uint64_t)7;
		if (at - released >= RELEASE_BYTES)
			__atomic_store_n(r->consumer, released = at, __ATOMIC_RELEASE);
	}
	__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
	return n;
}
