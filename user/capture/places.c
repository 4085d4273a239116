/* SPDX-License-Identifier: MIT */
#include "capture/places.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int places_init(struct places *p, int index_fd, int stats_fd, int free_fd) {
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = (WIRE_SINKS_MAX * sizeof(*p->stats) + page - 1) & ~(page - 1);
	*p = (struct places){.index_fd = index_fd, .free_fd = free_fd, .stats_bytes = bytes};
	p->retired = calloc(WIRE_SINKS_MAX, sizeof(*p->retired));
	p->is_retired = calloc(WIRE_SINKS_MAX, sizeof(*p->is_retired));
	if (!p->retired || !p->is_retired)
		return -ENOMEM;
	p->stats =
	    mmap(NULL, bytes, PROT_READ | PROT_WRITE, stats_fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, stats_fd, 0);
	if (p->stats == MAP_FAILED) {
		p->stats = NULL;
		return -errno;
	}
	return 0;
}

void places_release(struct places *p) {
	if (p->stats)
		munmap(p->stats, p->stats_bytes);
	free(p->retired);
	free(p->is_retired);
	*p = (struct places){0};
}

void places_retire(struct places *p, uint32_t place, uint64_t now_ns) {
	if (p->is_retired[place])
		return;
	p->is_retired[place] = true;
	__atomic_store_n(&p->stats[place].in_use, 0, __ATOMIC_SEQ_CST);
	bpf_map_delete_elem(p->index_fd, &p->stats[place].key);
	p->retired[(p->retired_at + p->retired_len++) % WIRE_SINKS_MAX] = (struct retired){now_ns, place};
}

bool places_next_final(const struct places *p, uint64_t now_ns, uint64_t come_ns, uint32_t *ret_place) {
	const struct retired *oldest = &p->retired[p->retired_at];
	if (!p->retired_len || now_ns < oldest->since_ns + PLACES_GRACE_NS || come_ns < oldest->since_ns + PLACES_COMING_NS)
		return false;
	*ret_place = oldest->place;
	return true;
}

void places_give_back(struct places *p) {
	uint32_t place = p->retired[p->retired_at].place;
	p->retired_at = (p->retired_at + 1) % WIRE_SINKS_MAX;
	p->retired_len--;
	p->is_retired[place] = false;
	memset(&p->stats[place], 0, sizeof(p->stats[place]));
	p->stats[place].place = place; /* the kernel side sees by it that the place was used before */
	bpf_map_update_elem(p->free_fd, NULL, &place, BPF_ANY);
}
