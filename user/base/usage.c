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

static uint64_t status_bytes(const char *format) {
	_cleanup_fclose_ FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long kib;
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, format, &kib) == 1)
			return kib * 1024;
	return 0;
}

uint64_t usage_memory_bytes(void) {
	return status_bytes("VmRSS: %llu kB");
}

uint64_t usage_data_bytes(void) {
	return status_bytes("VmData: %llu kB");
}

/* ru_maxrss would not do: across exec it keeps what the process was before. */
uint64_t usage_memory_peak_bytes(void) {
	return status_bytes("VmHWM: %llu kB");
}
