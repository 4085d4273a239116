/* SPDX-License-Identifier: MIT */
#include "scan/progress.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS 1000000000ull /* a scan shorter than this needs no bar */
#define INTERVAL_NS 100000000ull
#define BAR_CELLS 30

void scan_progress_init(struct scan_progress *ret, int fd, uint64_t total_bytes) {
	*ret = (struct scan_progress){.fd = fd, .total_bytes = total_bytes, .off = !isatty(fd)};
	ret->started_ns = ret->off ? 0 : clock_monotonic_ns();
}

static void print(struct scan_progress *p, uint64_t done, uint64_t elapsed_ns) {
	char bar[BAR_CELLS + 1] = "", so_far[32], all[32], speed[32], line[256];
	double share = (double)done / (double)(p->total_bytes ? p->total_bytes : 1);
	share = share < 1 ? share : 1;
	memset(bar, '-', BAR_CELLS);
	memset(bar, '#', (size_t)(share * BAR_CELLS));
	text_bytes(so_far, sizeof(so_far), done);
	text_bytes(all, sizeof(all), p->total_bytes);
	text_bytes(speed, sizeof(speed), (uint64_t)((double)done * 1e9 / (double)elapsed_ns));
	if (p->total_bytes)
		snprintf(line, sizeof(line), "\r[%s] %3d %%  %s of %s  %s/s\033[K", bar, (int)(share * 100), so_far, all,
		         speed);
	else
		snprintf(line, sizeof(line), "\r%s  %s/s\033[K", so_far, speed);
	p->off = file_write_all(p->fd, line, strlen(line)) < 0;
	p->shown = true;
}

void scan_progress_show(struct scan_progress *p, uint64_t bytes) {
	if (p->off)
		return;
	uint64_t now = clock_monotonic_ns();
	if (now - p->started_ns < PATIENCE_NS || now - p->shown_ns < INTERVAL_NS)
		return;
	p->shown_ns = now;
	print(p, p->before_bytes + bytes, now - p->started_ns);
}

void scan_progress_file_done(struct scan_progress *p, uint64_t bytes) {
	p->before_bytes += bytes;
	scan_progress_show(p, 0);
}

void scan_progress_clear(struct scan_progress *p) {
	if (p->shown)
		file_write_all(p->fd, "\r\033[K", strlen("\r\033[K"));
	p->shown = false;
}
