/* SPDX-License-Identifier: MIT */
/*
 * The way of the data, wired: ring -> records -> matches -> findings -> outputs, with the books of what was scanned.
 * Owned and used by one thread, which drives it from its event loop.
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H

#include "app/engine.h"
#include "app/options.h"
#include "app/probe.h"
#include "base/cleanup.h"
#include "emit/snapshot.h"
#include "find/waiver.h"

struct pipeline;
struct baseline;
struct timeline;

#define PIPELINE_OUTPUTS_MAX 4

struct pipeline_output {
	const struct emit_format *format;
	const char *path; /* NULL: fd */
	int fd;
	bool color;
};

/* Loads rules and kernel programs; nothing is watched yet. 0, or -errno with diagnostics. */
int pipeline_new(struct pipeline **ret, const struct options *options, const struct pipeline_output *outputs,
                 size_t outputs_len, struct diags *ret_diags);
void pipeline_free(struct pipeline *p);
DEFINE_CLEANUP(struct pipeline *, pipeline_free)

/* For adding targets, and for the event loop's capture_fd(). */
struct capture *pipeline_capture(struct pipeline *p);
/* NULL: none. Borrowed. */
struct baseline *pipeline_baseline(const struct pipeline *p);
/* How many matches when, as it is now. */
const struct timeline *pipeline_timeline(const struct pipeline *p);
/* What the target of that number is called in snapshots: "unit nginx.service"; kind may be "". 0 or -ENOMEM. */
int pipeline_name_target(struct pipeline *p, int target, const char *kind, const char *name);
/* The number of the target of that name that has ended; -ENOENT: there is none. */
int pipeline_find_target(const struct pipeline *p, const char *kind, const char *name);
/* That target is watched no more; it is in one more snapshot. 0 or -errno; -ENOENT: there is none. */
int pipeline_end_target(struct pipeline *p, const char *kind, const char *name);
const struct findings *pipeline_findings(const struct pipeline *p);
/* The state at this moment, but for the owner's part. The caller holds it. 0 or -errno. */
int pipeline_snapshot(struct pipeline *p, struct snapshot **ret);
/*
 * The probe's writer is watched from here on; what it writes is in no book and no snapshot. Its sinks must have been
 * among options.watch.sinks. The probe must outlive the pipeline. 0, or -errno with a diagnostic.
 */
int pipeline_set_probe(struct pipeline *p, struct probe *probe, struct diags *ret_diags);
size_t pipeline_live_processes(const struct pipeline *p); /* of targets, without the probe's */
const struct rules *pipeline_rules(const struct pipeline *p);
/*
 * From now on these are in force, and what was in force is freed. With other rules findings and counts of matches begin
 * anew, since a finding is one of its rule: for watches without outputs of their own. 0 or -ENOMEM: nothing has
 * changed.
 */
int pipeline_set_rules(struct pipeline *p, struct engine *engine);      /* takes over what it holds */
void pipeline_set_waivers(struct pipeline *p, struct waivers *waivers); /* takes over; NULL: none */
/* Takes what the ring holds through to the outputs. 0 or -errno. */
int pipeline_step(struct pipeline *p);
/* At the latest after so long it is to be called again, as by capture_timeout_ms(). */
int pipeline_timeout_ms(const struct pipeline *p);
/*
 * Ends the watch: what is left in ring and buffers is scanned, last states and the summary go out.
 * ret_summary (summary_release() it) holds the verdict. 0; -errno of the first output that failed, with a
 * diagnostic; the summary is valid in both cases.
 */
int pipeline_finish(struct pipeline *p, struct summary *ret_summary, struct diags *ret_diags);

#endif
