/* SPDX-License-Identifier: MIT */
/*
 * What the watcher takes of memory: at the start, with 10,000 logs open at once, and over 100,000 logs that come and
 * go. Resident memory, as the kernel tells it, without the BPF maps, the ring above all, which the kernel shares.
 */
#include "tests/bench/agent.h"

#include <limits.h>
#include <sys/mman.h>

#define LIVE 10000
#define GONE 100000
#define STEP (GONE / 4)
#define SETTLE_S 2

struct progress {
	uint32_t asked, done; /* logs that were to be written, that have been */
};

static char *dir;

static int log_open(unsigned i) {
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%u.log", dir, i);
	int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	must(fd >= 0);
	return fd;
}

/* Few hold a value: what findings take is not the question, and nobody reads them meanwhile. */
static void log_write(int fd, unsigned i) {
	char line[128];
	int len =
	    snprintf(line, sizeof(line), "log %u: signup done%s\n", i, i % 1000 ? "" : " by aino.virtanen@kuusikoti.fi");
	must(write(fd, line, (size_t)len) == len);
}

/* The first LIVE stay open; of those that come and go there is one at a time. */
static void writer_main(struct progress *p) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(cpu_of_writer());
	must(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){LIVE + 100, LIVE + 100}));
	char path[PATH_MAX];
	for (unsigned i = 0;; i++) {
		while (i == __atomic_load_n(&p->asked, __ATOMIC_ACQUIRE)) {
			__atomic_store_n(&p->done, i, __ATOMIC_RELEASE);
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		}
		int fd = log_open(i);
		log_write(fd, i);
		if (i < LIVE)
			continue;
		close(fd);
		snprintf(path, sizeof(path), "%s/%u.log", dir, i);
		unlink(path);
		/* Some 20,000 a second: faster than any real program opens logs. */
		if (i % 20 == 0)
			nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

/* Sums a field of all mappings, or of those of BPF maps, in KiB. */
static long resident_kib(pid_t pid, bool maps_of_bpf) {
	char path[64], line[512];
	long sum = 0, kib;
	bool of_bpf = false;
	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	FILE *f = fopen(path, "re");
	must(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long from;
		if (sscanf(line, "%lx-%*x", &from) == 1 && strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
			of_bpf = strstr(line, "bpf-map") != NULL;
		else if (of_bpf == maps_of_bpf && sscanf(line, "Rss: %ld", &kib) == 1)
			sum += kib;
	}
	fclose(f);
	return sum;
}

static void tell(const char *when, unsigned logs, pid_t pid) {
	double own = (double)resident_kib(pid, false) / 1024, ring = (double)resident_kib(pid, true) / 1024;
	printf("  %-34s %8u logs seen %8.1f MiB, and %.1f MiB of BPF maps, the ring among them\n", when, logs, own, ring);
	fflush(stdout);
	bench_row("{s:s, s:i, s:f, s:f}", "when", when, "logs_seen", (int)logs, "resident_mib", own, "bpf_maps_mib", ring);
}

static void write_until(struct progress *p, uint32_t logs) {
	__atomic_store_n(&p->asked, logs, __ATOMIC_RELEASE);
	while (__atomic_load_n(&p->done, __ATOMIC_ACQUIRE) != logs)
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	sleep(SETTLE_S);
}

int main(void) {
	struct agent agent = {0};
	if (geteuid()) {
		printf("watching needs root\n");
		return 77;
	}
	dir = bench_dir("BENCH_TMPFS");
	struct progress *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(p != MAP_FAILED);
	pid_t writer = fork();
	must(writer >= 0);
	if (writer == 0)
		writer_main(p);
	pin(0);
	agent_start(&agent, writer, "/dev/null", NULL);
	printf("resident memory of logspill watch (goal: under 64 MiB beside the ring with %d logs open)\n", LIVE);
	tell("at the start", 0, agent.pid);
	write_until(p, LIVE);
	tell("all of them open", LIVE, agent.pid);
	for (unsigned logs = LIVE + STEP; logs <= LIVE + GONE; logs += STEP) {
		write_until(p, logs);
		tell("one more at a time, then removed", logs, agent.pid);
	}
	struct agent_totals totals = agent_stop(&agent, NULL, NULL);
	printf("  %llu writes seen, %llu lost\n", (unsigned long long)totals.seen, (unsigned long long)totals.lost);
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	return 0;
}
