/* SPDX-License-Identifier: MIT */
#include "capture/blind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct blind_spots *b, enum wire_blind kind, const char *name, __u64 events, __u64 bytes) {
	assert_int_equal(blind_spots_add(b, kind, name, (struct wire_amount){events, bytes}), 0);
}

static void assert_spot(const struct blind_spot *spot, enum wire_blind kind, const char *name, __u64 events,
                        __u64 bytes) {
	assert_int_equal(spot->kind, kind);
	if (name)
		assert_string_equal(spot->name, name);
	else
		assert_null(spot->name);
	assert_int_equal(spot->amount.events, events);
	assert_int_equal(spot->amount.bytes, bytes);
}

static void each_kind_and_name_is_there_once(void **state) {
	(void)state;
	struct blind_spots b = {0};
	add(&b, WIRE_BLIND_MAPPING, "/a.log", 1, 4096);
	add(&b, WIRE_BLIND_MAPPING, "/b.log", 1, 0);
	add(&b, WIRE_BLIND_ZERO_COPY, "/a.log", 1, 7);
	add(&b, WIRE_BLIND_MAPPING, "/a.log", 2, 4);
	add(&b, WIRE_BLIND_PROCESSES, NULL, 1, 0);
	add(&b, WIRE_BLIND_PROCESSES, NULL, 4, 0);
	assert_int_equal(b.len, 4);
	assert_spot(&b.items[0], WIRE_BLIND_MAPPING, "/a.log", 3, 4100);
	assert_spot(&b.items[1], WIRE_BLIND_MAPPING, "/b.log", 1, 0);
	assert_spot(&b.items[2], WIRE_BLIND_ZERO_COPY, "/a.log", 1, 7);
	assert_spot(&b.items[3], WIRE_BLIND_PROCESSES, NULL, 5, 0);
	blind_spots_release(&b);
}

static void nothing_that_happened_is_no_spot(void **state) {
	(void)state;
	struct blind_spots b = {0};
	const struct wire_sink_stats quiet = {.seen_bytes = 1, .seen_writes = 1};
	add(&b, WIRE_BLIND_MISSED_CALLS, NULL, 0, 0);
	assert_int_equal(blind_spots_add_sink(&b, "/a.log", &quiet), 0);
	assert_int_equal(b.len, 0);
}

static void a_sink_has_a_spot_of_each_kind_counted_there(void **state) {
	(void)state;
	struct blind_spots b = {0};
	const struct wire_sink_stats stats = {.blind = {[WIRE_BLIND_ZERO_COPY] = {2, 30}, [WIRE_BLIND_MEMFD] = {1, 70000}}};
	assert_int_equal(blind_spots_add_sink(&b, "/a.log", &stats), 0);
	assert_int_equal(b.len, 2);
	assert_spot(&b.items[0], WIRE_BLIND_ZERO_COPY, "/a.log", 2, 30);
	assert_spot(&b.items[1], WIRE_BLIND_MEMFD, "/a.log", 1, 70000);
	blind_spots_release(&b);
}

static void names_beyond_the_limit_are_counted_without_name(void **state) {
	(void)state;
	struct blind_spots b = {0};
	char name[32];
	for (int i = 0; i < BLIND_SPOTS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "/%d.log", i);
		add(&b, WIRE_BLIND_MAPPING, name, 1, 2);
	}
	assert_int_equal(b.len, BLIND_SPOTS_MAX + 1);
	assert_spot(&b.items[BLIND_SPOTS_MAX], WIRE_BLIND_MAPPING, NULL, 10, 20);
	blind_spots_release(&b);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_and_name_is_there_once),
	    cmocka_unit_test(nothing_that_happened_is_no_spot),
	    cmocka_unit_test(a_sink_has_a_spot_of_each_kind_counted_there),
	    cmocka_unit_test(names_beyond_the_limit_are_counted_without_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
