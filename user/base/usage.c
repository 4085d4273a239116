/* SPDX-License-Identifier: MIT */
#include "base/usage.h"

#include "base/cleanup.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static uint64_t ns(const struct timeval *t) {
	return (uint64_t)t->tv_sec * 1000000000 + (uint64_t)t->tv_usec * 1000;
}

static uint64_t cpu_ns(int who) {
	struct rusage usage;
	getrusage(who, &usage);
	return ns(&usage.ru_utime) + ns(&usage.ru_stime);
}

uint64_t usage_cpu_ns(void) {
	return cpu_ns(RUSAGE_SELF);
}

uint64_t usage_children_cpu_ns(void) {
	return cpu_ns(RUSAGE_CHILDREN);
}

struct usage_memory usage_memory(void) {
	_cleanup_fclose_ FILE *f = fopen("/proc/self/status", "re");
	struct usage_memory m = {0};
	unsigned long long kib;
	for (char line[256]; f && fgets(line, sizeof(line), f);) {
		if (sscanf(line, "VmRSS: %llu kB", &kib) == 1)
			m.bytes = kib * 1024;
		else if (sscanf(line, "VmHWM: %llu kB", &kib) == 1) /* ru_maxrss keeps what was before exec */
			m.peak_bytes = kib * 1024;
		else if (sscanf(line, "VmData: %llu kB", &kib) == 1)
			m.data_bytes = kib * 1024;
	}
	return m;
}

/* Of one group: "max", or a number. */
static uint64_t memory_max_of(const char *root, const char *group) {
	char path[2 * PATH_MAX];
	unsigned long long max;
	snprintf(path, sizeof(path), "%s/sys/fs/cgroup%s/memory.max", root, group);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	return f && fscanf(f, "%llu", &max) == 1 ? max : UINT64_MAX;
}

uint64_t usage_memory_max(const char *root) {
	char path[PATH_MAX], line[PATH_MAX];
	uint64_t least = UINT64_MAX;
	snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *group = line + strlen("0::"), *end;
		if (strncmp(line, "0::", strlen("0::")))
			continue;
		group[strcspn(group, "\n")] = '\0';
		do {
			uint64_t max = memory_max_of(root, group);
			least = max < least ? max : least;
			end = strrchr(group, '/');
			if (end)
				*end = '\0';
		} while (end);
	}
	return least;
}
