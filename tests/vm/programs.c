/* SPDX-License-Identifier: MIT */
/*
 * What this kernel's verifier has to look at for each BPF program, with all that can be asked for switched on. Fails
 * where it is more than a twentieth of what kernels allow: others look at more, and `run` waits for it.
 */
#include "capture/capture.h"

#include "bpf/logspill.skel.h"

#include <bpf/bpf.h>

#include <stdio.h>
#include <string.h>

#define INSTRUCTIONS_MAX 50000
#define STATS_ONLY 4 /* BPF_LOG_STATS, Linux 5.2 */
#define PROGRAMS_MAX 64
#define LOG_LEN 65536

static char logs[PROGRAMS_MAX][LOG_LEN];

/* As the program does for a hook: one table of programs takes one kind only. */
static bool is_wanted(const struct bpf_program *prog, bool raw) {
	const char *not_wanted = raw ? "tp_" : "raw_";
	return strncmp(bpf_program__name(prog), not_wanted, strlen(not_wanted));
}

static void prepare(struct logspill_bpf *bpf, bool raw) {
	struct bpf_program *prog;
	size_t i = 0;
	bpf->rodata->shedding = true;
	bpf->rodata->sample_limit = 1;
	bpf->rodata->follow_mapped = true;
	bpf->rodata->announce_all_sockets = true;
	bpf->rodata->net_sockets = true;
	bpf->rodata->every_stack = true;
	bpf_object__for_each_program(prog, bpf->obj) {
		bpf_program__set_autoload(prog, is_wanted(prog, raw));
		bpf_program__set_log_level(prog, STATS_ONLY);
		if (i < PROGRAMS_MAX)
			bpf_program__set_log_buf(prog, logs[i++], LOG_LEN);
	}
}

/* -1: not loaded. */
static long instructions(const char *log) {
	const char *line = strstr(log, "processed ");
	long n;
	return line && sscanf(line, "processed %ld insns", &n) == 1 ? n : -1;
}

/* 0: all load, and none is too large. */
static int check(bool raw) {
	struct logspill_bpf *bpf = logspill_bpf__open();
	struct bpf_program *prog;
	size_t i = 0;
	if (!bpf)
		return 1;
	memset(logs, 0, sizeof(logs));
	prepare(bpf, raw);
	int bad = logspill_bpf__load(bpf);
	bpf_object__for_each_program(prog, bpf->obj) {
		long n = i < PROGRAMS_MAX ? instructions(logs[i++]) : -1;
		if (n >= 0)
			printf("INSTRUCTIONS %ld %s\n", n, bpf_program__name(prog));
		bad |= n > INSTRUCTIONS_MAX || (n < 0 && is_wanted(prog, raw));
	}
	logspill_bpf__destroy(bpf);
	return bad;
}

int main(void) {
	/* Where tracepoints know no arguments the program does without them. */
	bool tracepoints = libbpf_probe_bpf_helper(BPF_PROG_TYPE_TRACEPOINT, BPF_FUNC_task_pt_regs, NULL) == 1;
	int bad = check(true);
	if (tracepoints)
		bad |= check(false);
	return bad ? 1 : 0;
}
