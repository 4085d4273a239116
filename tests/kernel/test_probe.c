/* SPDX-License-Identifier: MIT */
/* Probe records go the whole way, and leave no trace in what is said of the targets. */
#include "harness.h"

#include "app/pipeline.h"

struct probing {
	char dir[32];
	struct options options;
	struct probe *probe;
	struct pipeline *pipeline;
};

static int setup(void **state) {
	struct probing *p = calloc(1, sizeof(*p));
	*state = p;
	strcpy(p->dir, "/tmp/probe-XXXXXX");
	p->options.output.quiet = true;
	return mkdtemp(p->dir) ? 0 : -1;
}

static int teardown(void **state) {
	struct probing *p = *state;
	pipeline_free(p->pipeline);
	probe_free(p->probe);
	options_release(&p->options);
	nftw(p->dir, watch_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(p);
	return 0;
}

static void start(struct probing *p) {
	struct diags diags = {0};
	skip_without_hook(CAPTURE_HOOK_RAW);
	assert_int_equal(probe_new(&p->probe, p->dir, &(struct probe_options){0}), 0);
	setenv("LOGSPILL_RULES", "rules", 1);
	p->options.rules.cache_dir = strdup(p->dir);
	p->options.watch.state_dir = strdup(p->dir);
	assert_int_equal(probe_add_sinks(p->probe, &p->options.watch.sinks), 0);
	int r = options_complete(&p->options, &diags);
	if (!r)
		r = pipeline_new(&p->pipeline, &p->options, NULL, 0, &diags);
	if (!r)
		r = pipeline_set_probe(p->pipeline, p->probe, &diags);
	diags_print(&diags, stdout);
	diags_release(&diags);
	assert_int_equal(r, 0);
}

/* Until every record of every round has come, or for so long. */
static bool all_come(struct probing *p, uint64_t patience_ns) {
	uint64_t start_ns = clock_monotonic_ns();
	struct probe_counters c;
	for (;;) {
		assert_int_equal(pipeline_step(p->pipeline), 0);
		probe_counters(p->probe, &c);
		bool all = c.came_least == c.planted;
		if (all || clock_monotonic_ns() - start_ns > patience_ns)
			return all;
		struct pollfd ready = {capture_fd(pipeline_capture(p->pipeline)), POLLIN, 0};
		poll(&ready, 1, pipeline_timeout_ms(p->pipeline));
	}
}

static void a_probe_record_comes_out_of_each_sink_and_is_in_no_book(void **state) {
	struct probing *p = *state;
	start(p);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(probe_plant(p->probe, clock_monotonic_ns()), 0);
		assert_true(all_come(p, PATIENCE_NS));
	}
	struct probe_counters c;
	probe_counters(p->probe, &c);
	assert_int_equal(c.planted, 100);
	assert_int_equal(c.waiting_ns, 0);
	assert_true(c.last_came_ns);
	assert_int_equal(pipeline_live_processes(p->pipeline), 0);
	struct snapshot *snapshot;
	assert_int_equal(pipeline_snapshot(p->pipeline, &snapshot), 0);
	assert_int_equal(snapshot->targets_len, 0);
	assert_int_equal(snapshot->sinks_len, 0);
	assert_int_equal(snapshot->findings_len, 0);
	assert_int_equal(snapshot->processes, 0);
	snapshot_drop(snapshot);
	struct summary summary;
	struct diags diags = {0};
	assert_int_equal(pipeline_finish(p->pipeline, &summary, &diags), 0);
	assert_int_equal(summary.seen_writes, 0);
	assert_int_equal(summary.scanned_records, 0);
	assert_int_equal(summary.findings, 0);
	assert_int_equal(summary.verdict, VERDICT_PASS);
	summary_release(&summary);
}

static void a_writer_that_has_gone_is_noticed(void **state) {
	struct probing *p = *state;
	start(p);
	assert_int_equal(probe_plant(p->probe, clock_monotonic_ns()), 0);
	assert_true(all_come(p, PATIENCE_NS));
	assert_int_equal(kill(probe_pid(p->probe), SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)probe_pid(p->probe), &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	uint64_t planted_ns = clock_monotonic_ns();
	(void)probe_plant(p->probe, planted_ns);
	assert_false(all_come(p, 200000000));
	struct probe_counters c;
	probe_counters(p->probe, &c);
	assert_int_equal(c.waiting_ns, planted_ns);
	assert_int_equal(c.planted, 2);
	for (size_t way = 0; way < PROBE_WAYS; way++)
		assert_int_equal(c.came[way], 1);
}

static void take_by_hand(struct probe *p, enum probe_way way, uint64_t round) {
	char text[80];
	int len = snprintf(text, sizeof(text), "logspill probe %s %lu x", probe_way_name(way), round);
	probe_take(p, text, (size_t)len, true, 1);
}

static void what_is_lost_is_told_from_what_is_on_its_way(void **state) {
	struct probing *p = *state;
	struct probe_counters c;
	assert_int_equal(probe_new(&p->probe, p->dir, &(struct probe_options){0}), 0);
	for (uint64_t round = 1; round <= 3; round++)
		assert_int_equal(probe_plant(p->probe, round), 0);
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		for (uint64_t round = 1; round <= 2 && probe_has_way(p->probe, way); round++)
			take_by_hand(p->probe, way, round);
	probe_counters(p->probe, &c);
	assert_int_equal(c.settled, 2);
	assert_int_equal(c.came_least, 2);
	assert_int_equal(c.waiting_ns, 1);
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(p->probe, way) && way != PROBE_PIPE)
			take_by_hand(p->probe, way, 3);
	assert_int_equal(probe_plant(p->probe, 4), 0);
	for (enum probe_way way = 0; way < PROBE_WAYS; way++)
		if (probe_has_way(p->probe, way))
			take_by_hand(p->probe, way, 4);
	probe_counters(p->probe, &c);
	assert_int_equal(c.settled, 4);
	assert_int_equal(c.came_least, 3);
	assert_int_equal(c.waiting_ns, 0);
}

static void a_writer_ends_and_leaves_nothing(void **state) {
	struct probing *p = *state;
	assert_int_equal(probe_new(&p->probe, p->dir, &(struct probe_options){0}), 0);
	pid_t pid = probe_pid(p->probe);
	char file[200];
	assert_int_equal(probe_add_sinks(p->probe, &p->options.watch.sinks), 0);
	snprintf(file, sizeof(file), "%s", p->options.watch.sinks.items[0]);
	assert_int_equal(access(file, F_OK), 0);
	probe_free(take(p->probe));
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(kill(pid, 0), -1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_probe_record_comes_out_of_each_sink_and_is_in_no_book, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_writer_that_has_gone_is_noticed, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_lost_is_told_from_what_is_on_its_way, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_writer_ends_and_leaves_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
