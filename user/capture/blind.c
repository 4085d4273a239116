/* SPDX-License-Identifier: MIT */
#include "capture/blind.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct blind_spot *find(struct blind_spots *b, enum wire_blind kind, const char *name) {
	for (size_t i = 0; i < b->len; i++) {
		struct blind_spot *spot = &b->items[i];
		bool same_name = name && spot->name ? !strcmp(name, spot->name) : !name && !spot->name;
		if (spot->kind == kind && same_name)
			return spot;
	}
	return NULL;
}

static struct blind_spot *append(struct blind_spots *b, enum wire_blind kind, const char *name) {
	_cleanup_free_ char *copy = name ? strdup(name) : NULL;
	if (name && !copy)
		return NULL;
	struct blind_spot *items = reallocarray(b->items, b->len + 1, sizeof(*items));
	if (!items)
		return NULL;
	b->items = items;
	items[b->len] = (struct blind_spot){.kind = kind, .name = take(copy)};
	return &items[b->len++];
}

int blind_spots_add(struct blind_spots *b, enum wire_blind kind, const char *name, struct wire_amount amount) {
	if (!amount.events)
		return 0;
	struct blind_spot *spot = find(b, kind, name);
	if (!spot && b->len >= BLIND_SPOTS_MAX)
		spot = find(b, kind, name = NULL);
	if (!spot)
		spot = append(b, kind, name);
	if (!spot)
		return -ENOMEM;
	spot->amount.events += amount.events;
	spot->amount.bytes += amount.bytes;
	return 0;
}

int blind_spots_add_sink(struct blind_spots *b, const char *name, const struct wire_sink_stats *stats) {
	int r = 0;
	for (enum wire_blind kind = 0; kind < WIRE_BLIND_OF_SINKS && !r; kind++)
		r = blind_spots_add(b, kind, name, stats->blind[kind]);
	return r;
}

void blind_spots_release(struct blind_spots *b) {
	for (size_t i = 0; i < b->len; i++)
		free(b->items[i].name);
	free(b->items);
	*b = (struct blind_spots){0};
}
