/* SPDX-License-Identifier: MIT */
#include "detect/anchor.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "detect/cache.h"
#include "detect/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Long enough to be rare, short enough to be cheap: literals beyond eight bytes gain nothing in Hyperscan. */
#define ANCHOR_LEN 10
#define ANCHOR_FIXED_MIN 3

int anchors_add(struct anchors *a, const struct anchor *anchor) {
	struct anchor *items = anchor->expression ? reallocarray(a->items, a->len + 1, sizeof(*items)) : NULL;

	if (!items) {
		free(anchor->expression);
		return -ENOMEM;
	}
	a->items = items;
	a->items[a->len++] = *anchor;
	return 0;
}

void anchors_release(struct anchors *a) {
	for (size_t i = 0; i < a->len; i++)
		free(a->items[i].expression);
	free(a->items);
	hs_free_database(a->db);
	*a = (struct anchors){0};
}

static int set_bits(const struct shape_atom *a) {
	return __builtin_popcountll(a->set[0]) + __builtin_popcountll(a->set[1]) + __builtin_popcountll(a->set[2]) +
	       __builtin_popcountll(a->set[3]);
}

static unsigned first_of(const struct shape_atom *a) {
	unsigned c = 0;

	while (c < 255 && !shape_atom_has(a, c))
		c++;
	return c;
}

/* One byte, or one letter in both cases. */
static bool is_fixed(const struct shape_atom *a) {
	unsigned c = first_of(a);

	if (a->min != a->max)
		return false;
	return set_bits(a) == 1 || (set_bits(a) == 2 && c >= 'A' && c <= 'Z' && shape_atom_has(a, c + 32));
}

static int append_set(struct buf *b, const struct shape_atom *a) {
	int err = buf_append(b, "[", 1);

	for (unsigned c = 0; c < 256 && !err; c++) {
		unsigned last = c;

		if (!shape_atom_has(a, c))
			continue;
		while (last < 255 && shape_atom_has(a, last + 1))
			last++;
		err = buf_printf(b, "\\x%02x-\\x%02x", c, last);
		c = last;
	}
	return err ? err : buf_append(b, "]", 1);
}

bool anchor_of_shape(const struct shape *shape, char **ret, uint8_t *ret_back) {
	_cleanup_(buf_release) struct buf b = {0};
	unsigned fixed = 0, len = 0;
	bool only_digits = true;
	int err = 0;

	for (unsigned i = 0; i < shape->len && is_fixed(&shape->atoms[i]); i++) {
		fixed += shape->atoms[i].min;
		if (fixed <= ANCHOR_FIXED_MIN || only_digits)
			only_digits = only_digits && first_of(&shape->atoms[i]) >= '0' && first_of(&shape->atoms[i]) <= '9';
	}
	if (fixed < ANCHOR_FIXED_MIN || only_digits)
		return false;
	for (unsigned i = 0; i < shape->len && len < ANCHOR_LEN && !err; i++) {
		const struct shape_atom *a = &shape->atoms[i];
		unsigned n = a->min < ANCHOR_LEN - len ? a->min : ANCHOR_LEN - len;

		for (unsigned k = 0; k < n && !err; k++)
			err = append_set(&b, a);
		len += n;
		if (a->min != a->max)
			break;
	}
	*ret = err ? NULL : strndup(b.data, b.len);
	*ret_back = len;
	return true;
}

int anchors_compile(struct anchors *a, const char *cache_dir, const int *compiler_fd, struct diags *ret_diags) {
	_cleanup_(buf_release) struct buf database = {0};
	_cleanup_free_ char *path = NULL;

	if (!a->len)
		return 0;
	if (cache_dir)
		path = cache_path(cache_dir, a);
	if (path && !cache_load(path, &a->db))
		return 0;
	int err = compile_anchors(&database, a, compiler_fd, ret_diags);
	if (err)
		return err;
	/* A cache that cannot be written costs time only. */
	if (path)
		cache_store(cache_dir, path, &database);
	return hs_deserialize_database(database.data, database.len, &a->db) == HS_SUCCESS ? 0 : -ENOMEM;
}
