/* SPDX-License-Identifier: MIT */
/*
 * What telling the writer and the statement adds to the scan of its lines: the share of all the agent's work on them,
 * behind the ring, that goes into findings (template, fingerprint, distinct values) and into new processes (command
 * line). Logs of which no line leaks, one in a hundred, and all; a new process every so many lines.
 */
#include "bench.h"
#include "logs.h"

#include "find/command.h"
#include "find/find.h"
#include "record/record.h"
#include "rule/rule.h"

#define LINES 100000 /* a second's, by the goal that findings and identity are held to */
#define LINES_OF_A_PROCESS 1000
#define ROUNDS 9

static const char arguments[] = "java\0-Xmx512m\0-jar\0/srv/shop/app.jar\0--server.port=8080\0--db-password=kq81nd\0";

struct bench {
	struct detector *detector;
	struct recorder *recorder;
	struct find_key *key;
	struct findings *findings;
	const struct record_block *block;
	bool finds; /* matches become findings, and processes are told */
	uint64_t matches;
	struct buf log;
};

static void on_match(void *arg, const struct detect_match *m) {
	struct bench *b = arg;
	const struct record *record = &b->block->records[m->text];
	b->matches++;
	if (!b->finds || m->class != CHECK_REAL)
		return;
	const struct find_match match = {
	    .rule = m->rule,
	    .confidence = m->confidence,
	    .text = b->block->text + record->start,
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

static void on_block(void *arg, const struct record_block *block) {
	struct bench *b = arg;
	struct detect_text *texts = calloc(block->records_len + 1, sizeof(*texts));
	must(texts);
	for (size_t i = 0; i < block->records_len; i++)
		texts[i] = (struct detect_text){block->records[i].start, block->records[i].len};
	b->block = block;
	must(!detector_scan(b->detector, block->text, block->len, texts, block->records_len, on_match, b));
	free(texts);
}

/* All lines, a write each; seconds of cpu time. */
static double run(struct bench *b, bool finds) {
	struct sink sink = {.is_log = true, .kind = SINK_FILE, .name = (char *)"/var/log/shop/app.log"};
	struct process process = {.pid = 4711, .comm = "shop", .executable = (char *)"/usr/bin/shop"};
	const char *at = b->log.data, *end = at + b->log.len;
	size_t lines = 0;
	b->finds = finds;
	b->matches = 0;
	must(!findings_new(&b->findings, b->key) && !recorder_new(&b->recorder, on_block, b));
	double start = cpu_seconds();
	for (const char *next; at < end; at = next, lines++) {
		char *command = NULL;
		next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
		if (finds && lines % LINES_OF_A_PROCESS == 0)
			must(!command_mask(b->detector, arguments, sizeof(arguments) - 1, &command));
		free(command);
		must(!recorder_feed(
		    b->recorder,
		    &(struct capture_write){
		        .sink = &sink, .process = &process, .time_ns = lines, .data = at, .len = (size_t)(next - at)}));
	}
	recorder_flush(b->recorder);
	double seconds = cpu_seconds() - start;
	recorder_free(b->recorder);
	findings_free(b->findings);
	return seconds;
}

static void fill_log(struct bench *b, unsigned leaking_of) {
	b->log.len = 0;
	for (unsigned i = 0; i < LINES; i++)
		(leaking_of && i % leaking_of == 0 ? line_dense : line_java)(&b->log);
}

static void measure(struct bench *b, const char *name, unsigned leaking_of) {
	size_t rounds = bench_rounds(ROUNDS);
	double without[ROUNDS], with[ROUNDS];
	fill_log(b, leaking_of);
	for (size_t i = 0; i < rounds; i++) {
		without[i] = run(b, false);
		with[i] = run(b, true);
	}
	double gb = (double)b->log.len / 1e9, scan = bench_quantile(without, rounds, 0);
	double all = bench_quantile(with, rounds, 0), share = (all - scan) / scan;
	printf("%-22s %10.2f %12.2f %11.1f %% %10llu\n", name, scan / gb, all / gb, share * 100,
	       (unsigned long long)b->matches);
	bench_row("{s:s, s:f, s:f, s:f}", "lines", name, "scan_s_per_gb", scan / gb, "with_findings_s_per_gb", all / gb,
	          "added", share);
}

int main(void) {
	static const char *const dirs[] = {"rules"};
	struct rules *rules = NULL;
	struct detect_set *set = NULL;
	struct diags diags = {0};
	struct bench b = {0};
	bool ephemeral;
	must(!rules_load(&rules, dirs, 1, &diags));
	must(!detect_set_new(&set, rules, &(struct detect_options){.min_confidence = 0.6f}, &diags));
	must(!detector_new(&b.detector, set) && !find_key_open(&b.key, NULL, &ephemeral));
	printf("%d lines, a process every %d; seconds of cpu a GB, the best of some rounds\n", LINES, LINES_OF_A_PROCESS);
	printf("%-22s %10s %12s %13s %10s\n", "", "scan", "and findings", "added", "matches");
	measure(&b, "none leaks", 0);
	measure(&b, "one in 100 leaks", 100);
	measure(&b, "all leak", 1);
	buf_release(&b.log);
	find_key_free(b.key);
	detector_free(b.detector);
	detect_set_free(set);
	rules_free(rules);
	return 0;
}
