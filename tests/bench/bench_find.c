/* SPDX-License-Identifier: MIT */
/*
 * What telling the writer and the statement adds to the scan of its lines: findings (template, fingerprint, distinct
 * values) and new processes (command line), beside the scan alone and beside all that the real program takes when such
 * lines are written at the goal's rate. Logs of which no line leaks, one in a hundred, and all; a new process every so
 * many lines.
 */
#include "agent.h"
#include "logs.h"

#include "app/workers.h"
#include "find/command.h"
#include "find/find.h"
#include "rule/rule.h"

#define A_SECOND 100000 /* lines: the goal that findings and identity are held to */
#define WATCHED_S 3.0
#define LINES_OF_A_PROCESS 1000
#define ROUNDS 9

static const char arguments[] = "java\0-Xmx512m\0-jar\0/srv/shop/app.jar\0--server.port=8080\0--db-password=kq81nd\0";

struct bench {
	struct engine engine;
	struct workers *workers;
	struct recorder *recorder;
	struct find_key *key;
	struct findings *findings;
	bool finds; /* matches become findings, and processes are told */
	uint64_t matches;
	struct buf log;
};

static void add_match(struct bench *b, const struct record_block *block, const struct detect_match *m) {
	const struct record *record = &block->records[m->text];
	b->matches++;
	if (!b->finds || m->class != CHECK_REAL)
		return;
	const struct find_match match = {
	    .rule = m->rule,
	    .confidence = m->confidence,
	    .text = block->text + record->start,
	    .text_len = record->len,
	    .start = m->start,
	    .end = m->end,
	    .key_start = m->key_start,
	    .key_end = m->key_end,
	    .sink_kind = "file",
	    .sink_name = "/var/log/shop/app.log",
	    .process_name = "shop",
	    .executable = "/usr/bin/shop",
	    .wall_ns = record->time_ns,
	};
	struct finding *finding;
	must(findings_add(b->findings, &match, &finding) >= 0);
}

static void on_result(void *arg, const struct workers_result *result) {
	must(!result->error);
	for (size_t i = 0; i < result->matches_len; i++)
		add_match(arg, result->block, &result->matches[i]);
}

static void on_block(void *arg, const struct record_block *block) {
	struct bench *b = arg;
	(void)block;
	workers_take(b->workers, b->recorder);
}

/* All lines, a write each; seconds of cpu time. */
static double run(struct bench *b, bool finds) {
	struct sink sink = {.is_log = true, .kind = SINK_FILE, .name = (char *)"/var/log/shop/app.log"};
	struct process process = {.pid = 4711, .comm = "shop", .executable = (char *)"/usr/bin/shop"};
	const char *at = b->log.data, *end = at + b->log.len;
	size_t lines = 0;
	b->finds = finds;
	b->matches = 0;
	must(!findings_new(&b->findings, b->key) && !recorder_new(&b->recorder, on_block, b) &&
	     !workers_new(&b->workers, &b->engine, 1, on_result, b));
	double start = cpu_seconds();
	for (const char *next; at < end; at = next, lines++) {
		char *command = NULL;
		next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		if (finds && lines % LINES_OF_A_PROCESS == 0)
			must(!command_mask(b->engine.detector, arguments, sizeof(arguments) - 1, &command));
		free(command);
		must(!recorder_feed(
		    b->recorder,
		    &(struct capture_write){
		        .sink = &sink, .process = &process, .time_ns = lines, .data = at, .len = (size_t)(next - at)}));
	}
	recorder_flush(b->recorder);
	workers_settle(b->workers);
	double seconds = cpu_seconds() - start;
	recorder_free(b->recorder);
	workers_free(b->workers);
	findings_free(b->findings);
	return seconds;
}

static void fill_log(struct bench *b, unsigned leaking_of) {
	b->log.len = 0;
	for (unsigned i = 0; i < A_SECOND; i++)
		(leaking_of && i % leaking_of == 0 ? line_dense : line_java)(&b->log);
}

static const struct buf *written; /* over and over */

static void write_line(void *null, uint64_t i) {
	static const char *at;
	const char *end = written->data + written->len;
	at = i && at < end ? at : written->data;
	const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	if (write(*(int *)null, at, (size_t)(next - at)) != next - at)
		_exit(1);
	at = next;
}

static void writer_main(void *log, int ask, int answer) {
	written = log;
	paced_writer(write_line, ask, answer);
}

/* Seconds of cpu time that the real program takes a GB; 0 without the rights to watch. */
static double agent_s_per_gb(struct bench *b) {
	const struct paced_order o = {A_SECOND, WATCHED_S};
	struct agent agent = {0};
	uint64_t lines;
	if (geteuid())
		return 0;
	struct writer w = writer_fork(writer_main, &b->log);
	agent_start(&agent, w.pid, "/dev/null", NULL);
	double before = agent_cpu_s(&agent);
	must(write(w.ask, &o, sizeof(o)) == sizeof(o) && read(w.answer, &lines, sizeof(lines)) == sizeof(lines));
	double used = agent_cpu_s(&agent) - before;
	agent_stop(&agent, NULL, NULL);
	writer_stop(&w);
	return used / ((double)b->log.len / A_SECOND * (double)lines / 1e9);
}

static void measure(struct bench *b, const char *name, unsigned leaking_of) {
	size_t rounds = bench_rounds(ROUNDS);
	double without[ROUNDS], with[ROUNDS];
	fill_log(b, leaking_of);
	for (size_t i = 0; i < rounds; i++) {
		without[i] = run(b, false);
		with[i] = run(b, true);
	}
	double gb = (double)b->log.len / 1e9, scan = bench_quantile(without, rounds, 0) / gb;
	double added = bench_quantile(with, rounds, 0) / gb - scan, agent = agent_s_per_gb(b);
	printf("%-22s %8.2f %8.2f %8.1f %% %10.2f %10.1f %% %10llu\n", name, scan, added, added / scan * 100, agent,
	       agent > 0 ? added / agent * 100 : 0, (unsigned long long)b->matches);
	bench_row("{s:s, s:f, s:f, s:f}", "lines", name, "scan_s_per_gb", scan, "added_s_per_gb", added, "agent_s_per_gb",
	          agent);
}

int main(void) {
	struct diags diags = {0};
	struct bench b = {0};
	bool ephemeral;
	const char *dirs[] = {"rules"};
	const struct rule_options options = {.dirs = {dirs, 1}, .min_confidence = 0.6f};
	must(!engine_init(&b.engine, &options, &diags) && !find_key_open(&b.key, NULL, &ephemeral));
	printf("%d lines, a process every %d; seconds of cpu a GB, the best of some rounds, and of the whole agent\n",
	       A_SECOND, LINES_OF_A_PROCESS);
	printf("at %d lines a second, of which findings and identity may be 5 %%\n", A_SECOND);
	printf("%-22s %8s %8s %10s %10s %12s %10s\n", "", "scan", "added", "of scan", "agent", "of agent", "matches");
	measure(&b, "none leaks", 0);
	measure(&b, "one in 100 leaks", 100);
	measure(&b, "all leak", 1);
	buf_release(&b.log);
	find_key_free(b.key);
	engine_release(&b.engine);
	return 0;
}
