/* SPDX-License-Identifier: MIT */
#include "capture/held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct held_write {
	struct held_write *next;
	struct capture_write write;
	char data[];
};

void held_init(struct held *h) {
	*h = (struct held){.end = &h->first};
}

int held_add(struct held *h, const struct capture_write *w) {
	struct held_write *one = malloc(sizeof(*one) + w->len);
	if (!one)
		return -ENOMEM;
	one->next = NULL;
	one->write = *w;
	one->write.data = one->data;
	one->write.gap |= !h->first && h->wiped.bytes;
	memcpy(one->data, w->data, w->len);
	w->process->held++;
	h->bytes += w->len;
	*h->end = one;
	h->end = &one->next;
	return 0;
}

/* Takes out the first. */
static void let_go(struct held *h, void (*fn)(void *arg, const struct capture_write *w),
                   void (*done)(void *arg, struct process *p), void *arg) {
	struct held_write *one = h->first;
	struct process *process = one->write.process;
	h->first = one->next;
	h->bytes -= one->write.len;
	if (fn)
		fn(arg, &one->write);
	explicit_bzero(one->data, one->write.len);
	free(one);
	process->held--;
	done(arg, process);
}

void held_wipe_before(struct held *h, uint64_t time_ns, void (*done)(void *arg, struct process *p), void *arg) {
	while (h->first && h->first->write.time_ns < time_ns) {
		h->wiped.bytes += h->first->write.len;
		h->wiped.writes += !h->first->write.continued;
		let_go(h, NULL, done, arg);
	}
	if (!h->first)
		h->end = &h->first;
	else if (h->wiped.bytes)
		h->first->write.gap = true;
}

void held_let_go(struct held *h, void (*fn)(void *arg, const struct capture_write *w),
                 void (*done)(void *arg, struct process *p), void *arg) {
	while (h->first)
		let_go(h, fn, done, arg);
	held_init(h);
}
