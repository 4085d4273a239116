/* SPDX-License-Identifier: MIT */
#include "base/usage.h"

#include "base/cleanup.h"

#include <stdio.h>
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
