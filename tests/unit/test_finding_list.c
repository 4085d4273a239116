/* SPDX-License-Identifier: MIT */
/* What a reader of the API or the page gets of many findings: those that fit, in the order asked for, page by page. */
#include "emit/finding_list.h"

#include "test_snapshot.h"

static struct finding *at(const struct snapshot *s, size_t i) {
	return &s->findings[i]->finding;
}

/* Ids are the places in order of first sight. */
static void assert_places(const struct snapshot *s, const struct finding_query *q, uint64_t total, const char *places) {
	struct finding_list list;
	char got[128] = "";
	assert_int_equal(finding_list_make(&list, s, q), 0);
	for (size_t i = 0; i < list.len; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%lu", i ? " " : "",
		         strtoul(list.items[i]->id, NULL, 16));
	assert_int_equal(list.total, total);
	assert_string_equal(got, places);
	finding_list_release(&list);
}

static void findings_come_in_each_order_and_equal_ones_as_first_seen(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 4); /* e-mail, card, e-mail, card */
	at(s, 1)->count = 9, at(s, 2)->count = 7;
	at(s, 3)->last_seen_ns += 5, at(s, 0)->last_seen_ns += 3;
	at(s, 3)->waived = true;
	assert_places(s, &(struct finding_query){.limit = 10}, 4, "0 1 2 3");
	assert_places(s, &(struct finding_query){.limit = 10, .order = FINDING_BY_MATCHES, .descending = true}, 4,
	              "1 2 0 3");
	assert_places(s, &(struct finding_query){.limit = 10, .order = FINDING_BY_LAST_SEEN, .descending = true}, 4,
	              "3 0 1 2");
	assert_places(s, &(struct finding_query){.limit = 10, .order = FINDING_BY_ENTITY}, 4, "1 3 0 2");
	assert_places(s, &(struct finding_query){.limit = 10, .order = FINDING_BY_SEVERITY, .descending = true}, 4,
	              "1 0 2 3");
}

static void pages_hold_each_finding_once(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 5);
	assert_places(s, &(struct finding_query){.limit = 2}, 5, "0 1");
	assert_places(s, &(struct finding_query){.limit = 2, .offset = 2}, 5, "2 3");
	assert_places(s, &(struct finding_query){.limit = 2, .offset = 4}, 5, "4");
	assert_places(s, &(struct finding_query){.limit = 2, .offset = UINT64_MAX}, 5, "");
}

static void a_text_is_looked_for_in_what_is_shown_in_any_case(void **state) {
	(void)state;
	_cleanup_(snapshot_dropp) struct snapshot *s = test_snapshot(1, 2, 6);
	free(at(s, 4)->sink_name);
	at(s, 4)->sink_name = test_copy("/srv/Orders.LOG");
	assert_places(s, &(struct finding_query){.limit = 9, .text = "orders.log"}, 1, "4");
	assert_places(s, &(struct finding_query){.limit = 9, .text = "PAYMENT.card"}, 3, "1 3 5");
	assert_places(s, &(struct finding_query){.limit = 9, .text = "card", .severity = "info"}, 0, "");
	assert_places(s, &(struct finding_query){.limit = 9, .text = "no such text"}, 0, "");
}

static void an_order_is_a_name_or_one_turned_round(void **state) {
	(void)state;
	enum finding_order order = FINDING_BY_SINK;
	bool descending = true;
	for (enum finding_order o = 0; o < FINDING_ORDERS; o++) {
		assert_true(finding_order_parse(finding_order_name(o), &order, &descending));
		assert_true(order == o && !descending);
	}
	assert_true(finding_order_parse("-severity", &order, &descending));
	assert_true(order == FINDING_BY_SEVERITY && descending);
	assert_false(finding_order_parse("", &order, &descending));
	assert_false(finding_order_parse("-", &order, &descending));
	assert_false(finding_order_parse("--severity", &order, &descending));
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(findings_come_in_each_order_and_equal_ones_as_first_seen),
	    cmocka_unit_test(pages_hold_each_finding_once),
	    cmocka_unit_test(a_text_is_looked_for_in_what_is_shown_in_any_case),
	    cmocka_unit_test(an_order_is_a_name_or_one_turned_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
