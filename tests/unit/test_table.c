/* SPDX-License-Identifier: MIT */
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct item {
	uint64_t key;
	bool in;
};

static uint64_t spread(const void *item) {
	return table_mix(((const struct item *)item)->key);
}
static uint64_t crowd(const void *item) {
	return ((const struct item *)item)->key % 3;
}
static bool same(const void *a, const void *b) {
	return ((const struct item *)a)->key == ((const struct item *)b)->key;
}

/* Against a plain array as the truth, with a good hash and with one that crowds all into three places. */
static void table_holds_what_was_added_and_not_removed(void **state) {
	uint64_t (*const hashes[])(const void *) = {spread, crowd};
	static struct item items[300];
	uint32_t x = 99;
	(void)state;
	for (size_t h = 0; h < 2; h++) {
		struct table t = {.hash = hashes[h], .same = same};
		size_t in = 0;
		memset(items, 0, sizeof(items));
		for (int step = 0; step < 20000; step++) {
			x = x * 1664525u + 1013904223u;
			struct item *i = &items[(x >> 8) % 300];
			i->key = (uint64_t)(i - items) * 7;
			if (i->in)
				table_remove(&t, i);
			else
				assert_int_equal(table_add(&t, i), 0);
			i->in = !i->in;
			in += i->in ? 1 : -(size_t)1;
			assert_int_equal(t.len, in);
			struct item *probe = &items[(x >> 16) % 300];
			struct item like = {.key = (uint64_t)(probe - items) * 7};
			assert_ptr_equal(table_find(&t, &like), probe->in ? probe : NULL);
			assert_ptr_equal(table_find(&t, &like), probe->in ? probe : NULL); /* now as the last one found */
			if (step % 7 == 0 && probe->in) {
				table_remove(&t, probe);
				probe->in = false;
				in--;
				assert_null(table_find(&t, &like));
			}
		}
		size_t at = 0, seen = 0;
		for (struct item *i; (i = table_next(&t, &at)); seen++)
			assert_true(i->in);
		assert_int_equal(seen, in);
		assert_true(t.cap <= 2048); /* the removed do not make it grow */
		table_release(&t);
	}
}

static void empty_table_finds_nothing(void **state) {
	struct table t = {.hash = spread, .same = same};
	struct item like = {.key = 1};
	size_t at = 0;
	(void)state;
	assert_null(table_find(&t, &like));
	assert_null(table_next(&t, &at));
	table_remove(&t, &like);
	table_release(&t);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_holds_what_was_added_and_not_removed),
	    cmocka_unit_test(empty_table_finds_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
