/* SPDX-License-Identifier: MIT */
#include "app/piece.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Pieces of 100 bytes that overlap by 10. */
static void a_match_counts_in_the_piece_that_holds_all_of_it_and_what_follows(void **state) {
	static const struct {
		const char *what;
		uint32_t overlap, again, start, end;
		bool counts;
	} cases[] = {
	    {"in a line of one piece, at its end", 0, 0, 90, 100, true},
	    {"in the middle of a first piece", 0, 10, 40, 60, true},
	    {"before the end that comes again", 0, 10, 70, 90, true},
	    {"in it, with a byte behind", 0, 10, 93, 99, true},
	    {"at the end, which comes again", 0, 10, 95, 100, false},
	    {"all that comes again", 0, 10, 90, 100, false},
	    {"more than what comes again", 0, 10, 89, 100, true},
	    {"at the end of all that there was before", 10, 0, 0, 10, true},
	    {"within what there was before", 10, 0, 2, 9, false},
	    {"beginning in what there was before", 10, 0, 2, 11, true},
	    {"behind what there was before", 10, 0, 10, 20, true},
	    {"at the end of a piece between", 10, 10, 95, 100, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct piece piece = {100, cases[i].overlap, cases[i].again};
		const struct detect_match m = {.start = cases[i].start, .end = cases[i].end};
		if (piece_counts(&piece, &m) != cases[i].counts)
			fail_msg("%s", cases[i].what);
	}
}

/* An end that comes again is shorter than all that might, if the whole piece is. */
static void a_short_piece_that_comes_again_counts_nothing_at_its_end(void **state) {
	(void)state;
	const struct piece first = {5, 0, 10}, again = {5, 5, 0};
	const struct detect_match m = {.end = 5};
	assert_false(piece_counts(&first, &m));
	assert_true(piece_counts(&again, &m));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_match_counts_in_the_piece_that_holds_all_of_it_and_what_follows),
	    cmocka_unit_test(a_short_piece_that_comes_again_counts_nothing_at_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
