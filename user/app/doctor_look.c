/* SPDX-License-Identifier: MIT */
/* What a host says of itself in /proc and /sys. */
#include "app/doctor.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "base/usage.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (1024 * 1024)
#define MEMORY_NEEDED (128ULL * 1024 * 1024) /* ring, rules and the states of logs */
#define MEMLOCK_NEEDED (64ULL * 1024 * 1024)
#define INITIAL_PID_NAMESPACE "pid:[4026531836]" /* PROC_PID_INIT_INO: a constant of the kernel */
#define CONTAINER_REMEDY "run it on the host, or as a container with hostPID: true (docker: --pid=host)"

struct host {
	const char *root;
	struct doctor_report *report;
	int version; /* major * 1000 + minor; 0: unknown */
	uint64_t capabilities;
};

/* The file's text, "" when it cannot be read; malloc'ed or NULL. */
static char *read_text(const struct host *h, const char *path) {
	_cleanup_(buf_release) struct buf b = {0};
	char full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", h->root, path);
	if (file_read(full, FILE_MAX, &b))
		b.len = 0;
	return strndup(b.data ? b.data : "", b.len);
}

static bool exists(const struct host *h, const char *path) {
	char full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", h->root, path);
	return !access(full, F_OK);
}

/* The number behind a name at the beginning of a line; fallback when there is none. */
static uint64_t number_after(const char *text, const char *name, int base, uint64_t fallback) {
	for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (!strncmp(line, name, strlen(name)))
			return strtoull(line + strlen(name), NULL, base);
	return fallback;
}

static void look_at_kernel(struct host *h) {
	_cleanup_free_ char *text = read_text(h, "/proc/sys/kernel/osrelease");
	int major = 0, minor = 0;
	if (!text || sscanf(text, "%d.%d", &major, &minor) != 2) {
		doctor_add(h->report, "kernel", DOCTOR_MISSING, "the version tells what can be seen",
		           "mount all of /proc, with its sys folder", "its version is not told in /proc/sys/kernel/osrelease");
		return;
	}
	text[strcspn(text, "\n")] = 0;
	h->version = major * 1000 + minor;
	if (h->version < 5008)
		doctor_add(h->report, "kernel", DOCTOR_MISSING, "its ring buffer for BPF came with Linux 5.8",
		           "use a kernel of 5.10 or newer", "Linux %s", text);
	else if (h->version < 5015)
		doctor_add(h->report, "kernel", DOCTOR_LIMITED,
		           "before Linux 5.15 no stacks can be taken, so findings do not tell the code, and each system call "
		           "of the host costs some 50 ns more (raw hook)",
		           "use a kernel of 5.15 or newer", "Linux %s", text);
	else
		doctor_add(h->report, "kernel", DOCTOR_OK, NULL, NULL, "Linux %s", text);
}

static bool has(const struct host *h, int capability) {
	return h->capabilities >> capability & 1;
}

static void look_at_privileges(struct host *h) {
	_cleanup_free_ char *status = read_text(h, "/proc/self/status");
	h->capabilities = status ? number_after(status, "CapEff:", 16, 0) : 0;
	bool admin = has(h, CAP_SYS_ADMIN);
	if (!admin && !(has(h, CAP_BPF) && has(h, CAP_PERFMON)))
		doctor_add(h->report, "privileges", DOCTOR_MISSING, "the kernel lets only privileged processes watch others",
		           "run it as root (sudo), or give it the capabilities BPF, PERFMON and SYS_RESOURCE",
		           "no capability to load BPF programs");
	else if (!has(h, CAP_SYS_PTRACE) || !has(h, CAP_DAC_READ_SEARCH))
		doctor_add(h->report, "privileges", DOCTOR_LIMITED,
		           "files that processes of other users had open before the watch cannot be named, nor can their code",
		           "give it the capabilities SYS_PTRACE and DAC_READ_SEARCH as well",
		           "BPF programs can be loaded; other users' /proc entries cannot be read");
	else
		doctor_add(h->report, "privileges", DOCTOR_OK, NULL, NULL, "all that are needed");
}

static void look_at_types(struct host *h) {
	static const char path[] = "/sys/kernel/btf/vmlinux";
	char full[PATH_MAX];
	struct stat st;
	snprintf(full, sizeof(full), "%s%s", h->root, path);
	bool there = !stat(full, &st) && st.st_size > 0;
	doctor_add(h->report, "kernel types", there ? DOCTOR_OK : DOCTOR_MISSING,
	           "our programs find their way in the kernel by the types (BTF) that it describes",
	           "use a kernel built with CONFIG_DEBUG_INFO_BTF, as those of Debian 11 and later are",
	           there ? "%s" : "%s is not there", path);
}

static void look_at_lockdown(struct host *h) {
	_cleanup_free_ char *text = read_text(h, "/sys/kernel/security/lockdown");
	const char *mode = text && strstr(text, "[confidentiality]") ? "confidentiality"
	                   : text && strstr(text, "[integrity]")     ? "integrity"
	                   : text && *text                           ? "none"
	                                   : "not told (securityfs is not mounted); what is tried below tells";
	doctor_add(h->report, "lockdown", strcmp(mode, "confidentiality") ? DOCTOR_OK : DOCTOR_MISSING,
	           "in this mode the kernel lets nobody read what programs write",
	           "boot with lockdown=integrity, or without Secure Boot's lockdown", "%s", mode);
}

static void look_at_memlock(struct host *h) {
	_cleanup_free_ char *limits = read_text(h, "/proc/self/limits");
	const char *line = limits ? strstr(limits, "Max locked memory") : NULL;
	uint64_t bytes = UINT64_MAX;
	if (h->version == 0 || h->version >= 5011 || !line || has(h, CAP_SYS_RESOURCE))
		return;
	if (sscanf(line, "Max locked memory %" SCNu64, &bytes) == 1 && bytes < MEMLOCK_NEEDED)
		doctor_add(h->report, "locked memory", DOCTOR_MISSING, "before Linux 5.11 the memory of BPF counts as locked",
		           "set LimitMEMLOCK=infinity (ulimit -l unlimited)", "at most %" PRIu64 " bytes", bytes);
}

/* Of the machine, and of the cgroup that we are in. */
static void look_at_memory(struct host *h) {
	_cleanup_free_ char *meminfo = read_text(h, "/proc/meminfo");
	uint64_t bytes = meminfo ? number_after(meminfo, "MemAvailable:", 10, UINT64_MAX / 1024) * 1024 : UINT64_MAX;
	const char *place = "available";
	uint64_t limit = usage_memory_max(h->root);
	char shown[32];
	if (limit < bytes) {
		bytes = limit;
		place = "allowed in this cgroup";
	}
	doctor_add(h->report, "memory", bytes >= MEMORY_NEEDED ? DOCTOR_OK : DOCTOR_LIMITED,
	           "ring, rules and the state of many logs take up to 128 MiB; without it the agent may be ended while it "
	           "watches",
	           "allow it 128 MiB, or use --ring-size 1M", "%s %s", text_bytes(shown, sizeof(shown), bytes), place);
}

static void look_at_cgroups(struct host *h) {
	_cleanup_free_ char *mounts = read_text(h, "/proc/self/mountinfo");
	bool there = mounts && strstr(mounts, " - cgroup2 ");
	doctor_add(h->report, "cgroups", there ? DOCTOR_OK : DOCTOR_LIMITED,
	           "--cgroup, --unit and --container name cgroups of version 2",
	           "mount cgroup2, or name targets by -p, "
	           "--comm or --exe",
	           there ? "version 2 is mounted" : "version 2 is not mounted");
}

static void look_at_pid_namespace(struct host *h) {
	char full[PATH_MAX], name[64];
	snprintf(full, sizeof(full), "%s/proc/self/ns/pid", h->root);
	ssize_t n = readlink(full, name, sizeof(name) - 1);
	bool initial =
	    n >= 0 && (size_t)n == strlen(INITIAL_PID_NAMESPACE) && !memcmp(name, INITIAL_PID_NAMESPACE, (size_t)n);
	doctor_add(h->report, "process ids", initial ? DOCTOR_OK : DOCTOR_LIMITED,
	           "processes outside of this container have no number here, so they cannot be named as targets",
	           CONTAINER_REMEDY, initial ? "the host's" : "of a container");
}

static void look_at_systemd(struct host *h) {
	bool there = exists(h, "/run/systemd/system");
	doctor_add(h->report, "systemd", there ? DOCTOR_OK : DOCTOR_NOTE, "there are no units to be named by --unit",
	           "name targets by -p, --comm, --exe, --cgroup or --container", there ? "runs here" : "does not run here");
}

static void look_at_uring(struct host *h) {
	_cleanup_free_ char *text = read_text(h, "/proc/sys/kernel/io_uring_disabled");
	bool off = text && *text == '2';
	if (off || h->version == 0 || h->version >= 6000)
		doctor_add(h->report, "io_uring", DOCTOR_OK, NULL, NULL, off ? "is switched off" : "is seen");
	else
		doctor_add(h->report, "io_uring", DOCTOR_LIMITED,
		           "before Linux 6.0 some results of io_uring do not pass the place that is watched: they are named "
		           "as a blind spot",
		           "use a kernel of 6.0 or newer, or kernel.io_uring_disabled=2", "is seen in part");
}

static void look_at_compat(struct host *h) {
	if (exists(h, "/proc/sys/abi/vsyscall32"))
		doctor_add(h->report, "32-bit programs", DOCTOR_NOTE,
		           "the tracepoint hook sees them only from the moment that the first has started; that moment is "
		           "named as a blind spot",
		           "where they log, use --hook raw, which sees them from the beginning", "can run here");
}

void doctor_look(struct doctor_report *r, const char *root) {
	static void (*const looks[])(struct host *) = {
	    look_at_kernel,  look_at_privileges,    look_at_types,   look_at_lockdown, look_at_memlock, look_at_memory,
	    look_at_cgroups, look_at_pid_namespace, look_at_systemd, look_at_uring,    look_at_compat,
	};
	struct host h = {.root = root, .report = r};
	if (!exists(&h, "/proc/self")) {
		doctor_add(r, "/proc", DOCTOR_MISSING, "it tells of this host, and of the processes that are watched",
		           "mount -t proc proc /proc", "not mounted");
		return;
	}
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++)
		looks[i](&h);
}
