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
	memcpy(one->data, w->data, w->len);
	w->process->held++;
	h->bytes += w->len;
	*h->end = one;
	h->end = &one->next;
	return 0;
}

void held_let_go(struct held *h, void (*fn)(void *arg, const struct capture_write *w),
                 void (*done)(void *arg, struct process *p), void *arg) {
	for (struct held_write *one = h->first, *next; one; one = next) {
		struct process *process = one->write.process;
		next = one->next;
		if (fn)
			fn(arg, &one->write);
		explicit_bzero(one->data, one->write.len);
		free(one);
		process->held--;
		done(arg, process);
	}
	held_init(h);
}
