/* SPDX-License-Identifier: MIT */
/* From a block of records to findings. */
#include "app/pipeline_state.h"

#include "app/piece.h"
#include "base/clock.h"
#include "process/kubelet.h"

#include <string.h>

void pipeline_emit_finding(struct pipeline *p, struct finding *f, bool last) {
	for (size_t i = 0; i < p->outputs_len; i++)
		emitter_finding(p->outputs[i], f, p->now_ns, last);
}

/* Without memory it stays unnamed: the finding counts more. */
static void name_writer(struct finding *f, const struct process *process) {
	if (strcmp(f->sink_name, FIND_OTHERS) &&
	    !finding_writer_new(&f->writer, process->uid, process->cgroup, process->command_line))
		(void)kubelet_name(&f->writer->workload, KUBELET_LOGS);
}

static bool is_probe(const struct pipeline *p, const struct record *record) {
	return p->probe && record->process->pid == probe_pid(p->probe);
}

static void take_probe(struct pipeline *p, const struct record_block *block, const struct record *record,
                       bool matched) {
	probe_take(p->probe, block->text + record->start, record->len, matched, clock_monotonic_ns());
}

static void set_aside(const struct pipeline *p, struct finding *f) {
	if (baseline_has(p->baseline, f->id))
		f->aside = FINDING_KNOWN;
	else if (f->rule->severity < p->fail_on)
		f->aside = FINDING_BELOW;
}

static void take_match(struct pipeline *p, const struct detect_match *m) {
	const struct record *record = &p->block->records[m->text];
	if (is_probe(p, record)) {
		if (!strcmp(m->rule->id, PROBE_RULE))
			take_probe(p, p->block, record, true);
		return;
	}
	const struct piece piece = {record->len, record->overlap, record->cut_after ? RECORD_OVERLAP_BYTES : 0};
	if (m->class != CHECK_REAL || !piece_counts(&piece, m))
		return;
	const struct find_match match = {
	    .rule = m->rule,
	    .confidence = m->confidence,
	    .text = p->block->text + record->start,
	    .text_len = record->len,
	    .same_record = p->leaking == record,
	    .start = m->start,
	    .end = m->end,
	    .key_start = m->key_start,
	    .key_end = m->key_end,
	    .sink_kind = sink_kind_name(record->sink->kind),
	    .sink_name = record->sink->label,
	    .target = record->sink->key.target,
	    .sink_host_path = record->sink->host_path,
	    .pid = record->process->pid,
	    .process_name = record->process->comm,
	    .executable = record->process->executable,
	    .wall_ns = record->time_ns + p->wall_offset_ns,
	};
	books_of(&p->books, record->sink)->leaking += p->leaking != record;
	p->leaking = record;
	timeline_add(&p->timeline, p->now_ns - p->started_ns, 1);
	books_add_match(&p->books, record->sink, detect_place_of(p->engine.set, m->rule));
	struct finding *finding = NULL;
	int r = findings_add(p->findings, &match, &finding);
	if (r < 0)
		return;
	if (r == 1) {
		name_writer(finding, record->process);
		finding_waive(finding, p->waivers, match.wall_ns);
		set_aside(p, finding);
	}
	origins_match(p->origins, p->capture, record->sink, finding, record->process, record->time_ns);
	pipeline_emit_finding(p, finding, false);
}

/* Every byte of the block is scanned, or lost by the scanner: nothing in between. */
void pipeline_take_result(void *arg, const struct workers_result *result) {
	struct pipeline *p = arg;
	const struct record_block *block = result->block;
	p->block = block;
	for (size_t i = 0; i < result->matches_len; i++)
		take_match(p, &result->matches[i]);
	p->block = NULL;
	p->leaking = NULL;
	for (size_t i = 0; i < block->records_len && !result->error; i++)
		if (is_probe(p, &block->records[i]))
			take_probe(p, block, &block->records[i], false);
	if (result->error)
		books_add_lost(&p->books, block);
	else
		books_add_scanned(&p->books, block, clock_monotonic_ns());
}
