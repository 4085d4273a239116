/* SPDX-License-Identifier: MIT */
#include "find/origins.h"

#include "base/cleanup.h"
#include "origin/perf_map.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void origin_release(struct finding_origin *o) {
	for (size_t i = 0; i < o->frames_len; i++)
		free(o->frames[i]);
	free(o->frames);
}

void origins_release(struct finding *f) {
	for (size_t i = 0; i < f->origins_len; i++)
		origin_release(&f->origins[i]);
	free(f->origins);
}

/* What starts a program is of the C library, too, and says nothing. */
static size_t without_start(const struct origin *o) {
	size_t len = o->frames_len;
	while (len && o->frames[len - 1].code == CODE_LIBRARY)
		len--;
	return len ? len : o->frames_len;
}

static bool is_same(const struct finding_origin *a, const struct origin *b) {
	if (a->frames_len != without_start(b))
		return false;
	for (size_t i = 0; i < a->frames_len; i++)
		if (strcmp(a->frames[i], b->frames[i].text))
			return false;
	return true;
}

/* Where what a programmer wrote begins: in a runtime, with what it compiled. */
static size_t first_own(const struct origin *o, size_t len) {
	static const enum origin_code likely[] = {CODE_JITTED, CODE_OWN, CODE_SHIPPED};
	for (size_t k = 0; k < sizeof(likely) / sizeof(*likely); k++)
		for (size_t i = 0; i < len; i++)
			if (o->frames[i].code == likely[k])
				return i;
	return len;
}

/* Frames of which files or maps could have told more. */
static bool is_incomplete(const struct origin *o) {
	bool nameless = true;
	for (size_t i = 0; i < o->frames_len; i++)
		nameless &= o->frames[i].code == CODE_NAMELESS;
	return o->incomplete || nameless;
}

static bool is_runtime_only(const struct origin *o) {
	bool runtime = *o->runtime;
	for (size_t i = 0; i < o->frames_len; i++) {
		runtime |= o->frames[i].code == CODE_NAMELESS;
		if (o->frames[i].code == CODE_JITTED)
			return false;
	}
	return runtime;
}

static int origin_init(struct finding_origin *ret, const struct origin *origin) {
	size_t len = without_start(origin);
	*ret = (struct finding_origin){.count = 1,
	                               .own = first_own(origin, len),
	                               .incomplete = is_incomplete(origin),
	                               .runtime_only = is_runtime_only(origin)};
	memcpy(ret->thread, origin->thread, sizeof(ret->thread));
	memcpy(ret->runtime, origin->runtime, sizeof(ret->runtime));
	ret->frames = calloc(len + 1, sizeof(*ret->frames));
	if (!ret->frames)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++, ret->frames_len++) {
		ret->frames[i] = strdup(origin->frames[i].text);
		if (!ret->frames[i])
			return -ENOMEM;
	}
	return 0;
}

static bool says_more(const struct finding_origin *a, const struct finding_origin *b) {
	return a->runtime_only == b->runtime_only ? a->count > b->count : b->runtime_only;
}

static void move_up(struct finding *f, size_t i) {
	for (; i > 0 && says_more(&f->origins[i], &f->origins[i - 1]); i--) {
		struct finding_origin less = f->origins[i - 1];
		f->origins[i - 1] = f->origins[i];
		f->origins[i] = less;
	}
}

/* One of a process that had gone says less than any other, and no two of them are the same. */
int origins_add(struct finding *f, const struct origin *origin) {
	if (f->origins_len && is_incomplete(origin))
		return 1;
	if (f->origins_len && f->origins[0].incomplete)
		origin_release(&f->origins[--f->origins_len]);
	for (size_t i = 0; i < f->origins_len; i++) {
		if (is_same(&f->origins[i], origin)) {
			f->origins[i].count++;
			move_up(f, i);
			return 1;
		}
	}
	struct finding_origin *origins = reallocarray(f->origins, f->origins_len + 1, sizeof(*origins));
	if (!origins)
		return -ENOMEM;
	f->origins = origins;
	int r = origin_init(&origins[f->origins_len], origin);
	if (r)
		origin_release(&origins[f->origins_len]);
	else
		move_up(f, f->origins_len++);
	return r;
}

static bool name_frame(struct finding_origin *o, size_t i, struct perf_map *map) {
	const char *name;
	uint64_t address, offset;
	char text[ORIGIN_TEXT_SIZE];
	if (sscanf(o->frames[i], "0x%" SCNx64, &address) != 1)
		return false;
	/* The instruction before a return address. */
	size_t len = perf_map_find(map, address - 1, &name, &offset);
	if (!len)
		return false;
	snprintf(text, sizeof(text), "%.*s+0x%" PRIx64, (int)(len < sizeof(text) ? len : sizeof(text)), name, offset + 1);
	char *named = strdup(text);
	if (!named)
		return false;
	free(o->frames[i]);
	o->frames[i] = named;
	return true;
}

/* Whether a function came out that is not the runtime's own. */
static bool name_frames(struct finding_origin *o, struct perf_map *map) {
	size_t own = o->frames_len;
	for (size_t i = o->frames_len; i-- > 0;)
		if (name_frame(o, i, map) && !perf_map_is_library(o->frames[i], strlen(o->frames[i])))
			own = i;
	if (own == o->frames_len)
		return false;
	o->own = own;
	return true;
}

void origins_name_frames(struct finding *f, struct perf_map *map) {
	for (size_t i = 0; i < f->origins_len; i++) {
		if (name_frames(&f->origins[i], map))
			f->origins[i].runtime_only = false;
		move_up(f, i);
	}
}
