/* SPDX-License-Identifier: MIT */
#include "capture/present.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "capture/judge.h"
#include "capture/state.h"
#include "origin/mapping.h"
#include "process/program.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int see_compat(struct capture *c, pid_t pid) {
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	if (!program_runs_32_bit(pid) || !kernel_see_compat(&c->kernel))
		return 0;
	return blind_spots_add(&c->blind, WIRE_BLIND_COMPAT, path, (struct wire_amount){.events = 1});
}

static int see_mapping(void *arg, const struct wire_sink *file, __u64 len_bytes) {
	struct capture *c = arg;
	const struct judge_facts facts = {.arg = c, .pipe_reader = target_pipe_reader, .was_stdio = target_had_stdio};
	struct sink sink = {0};
	int r = judge(&sink, file, &c->judge, &facts);
	if (!r && sink.is_log)
		r = blind_spots_add(&c->blind, WIRE_BLIND_MAPPING, sink.name, (struct wire_amount){1, len_bytes});
	free(sink.name);
	free(sink.label);
	free(sink.reason);
	return r;
}

/* The pipe that a collector reads is a log of whoever writes to it, by whatever descriptor. */
static void see_collector(struct capture *c, pid_t pid, uint32_t target) {
	char path[64];
	struct stat st;
	uint8_t collected = WIRE_PIPE_COLLECTED;
	if (!(collectors_find_process(&c->collectors, pid) & WIRE_COLLECTS_STDIN))
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	if (file_identify(path, &st) || !S_ISFIFO(st.st_mode))
		return;
	struct wire_sink_key key = {.ino = st.st_ino, .dev = major(st.st_dev) << 20 | minor(st.st_dev), .target = target};
	bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.inner_pipes), &key, &collected, BPF_ANY);
}

int present_see(struct capture *c, pid_t pid, uint32_t target) {
	see_collector(c, pid, target);
	return see_compat(c, pid) ?: mappings_each(pid, see_mapping, c);
}

static int see_members(struct capture *c, int cgroup_fd, uint32_t target) {
	int r = 0, fd = openat(cgroup_fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *members = fd < 0 ? NULL : fdopen(fd, "r");
	for (int pid; !r && members && fscanf(members, "%d", &pid) == 1;)
		r = present_see(c, pid, target);
	return r;
}

int present_see_cgroup(struct capture *c, int cgroup_fd, uint32_t target) {
	int fd = openat(cgroup_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return 0; /* it has gone */
	int r = see_members(c, fd, target);
	for (struct dirent *entry; !r && (entry = readdir(dir));) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		_cleanup_close_ int below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (below >= 0)
			r = present_see_cgroup(c, below, target);
	}
	closedir(dir);
	return r;
}
