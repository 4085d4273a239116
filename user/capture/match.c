/* SPDX-License-Identifier: MIT */
/* Targets that are named by what a process is. The kernel side looks at what executes a program from now on; what runs
 * already is looked for behind that, so that nothing slips between. */
#include "capture/state.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "process/cgroup.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CONTAINER_ID_MIN 8
#define CONTAINER_ID_LEN 64

static bool comm_matches(const struct wire_match *m, pid_t pid) {
	char comm[WIRE_COMM_MAX + 1];
	return !process_comm(pid, comm) && !strcmp(comm, (const char *)m->name);
}

static uint32_t kernel_dev(dev_t dev) {
	return major(dev) << 20 | minor(dev);
}

static bool exe_matches(const struct wire_match *m, pid_t pid) {
	char path[64];
	struct stat st;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return !file_identify(path, &st) && st.st_ino == m->ino && kernel_dev(st.st_dev) == m->dev;
}

/* A line of /proc/PID/cgroup: of v2, or of the memory controller's own hierarchy, which the kernel side looks at too.
 */
static bool line_matches(const struct wire_match *m, char *line) {
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path)
		return false;
	*path++ = 0;
	path[strcspn(path, "\n")] = 0;
	if (controllers[1] && strcmp(controllers + 1, "memory"))
		return false;
	return cgroup_has_group(path, (const char *)m->name, m->kind == WIRE_MATCH_CONTAINER);
}

static bool cgroup_matches(const struct wire_match *m, pid_t pid) {
	char path[64];
	_cleanup_free_ char *line = NULL;
	size_t cap = 0;
	bool found = false;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	while (f && !found && getline(&line, &cap, f) > 0)
		found = line_matches(m, line);
	return found;
}

static bool matches(const struct wire_match *m, pid_t pid) {
	switch (m->kind) {
	case WIRE_MATCH_COMM:
		return comm_matches(m, pid);
	case WIRE_MATCH_EXE:
		return exe_matches(m, pid);
	default:
		return cgroup_matches(m, pid);
	}
}

/* Its number may have become another's before it was in the table: then that one, which the kernel side has looked at,
 * is not to be followed. 1: it is followed, perhaps since before; 0; -ENOMEM. */
static int join(struct capture *c, const struct wire_match *m, pid_t pid, uint32_t target) {
	int r = target_follow(c, pid, target, true);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!r)
		return 1;
	if (matches(m, pid))
		return 1;
	target_forget(c, pid);
	return 0;
}

/* Those that run already. How many, or -errno. */
static int join_present(struct capture *c, const struct wire_match *m, uint32_t target) {
	int found = 0, r = 0;
	DIR *proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (struct dirent *entry; r >= 0 && (entry = readdir(proc));) {
		pid_t pid = target_pid_of(entry);
		if (pid && pid != getpid() && matches(m, pid)) {
			r = join(c, m, pid, target);
			found += r == 1;
		}
	}
	closedir(proc);
	return r < 0 ? r : found;
}

static void set_name(struct wire_match *m, enum wire_match_kind kind, const char *name, size_t len) {
	m->kind = kind;
	memcpy(m->name, name, len);
	m->len = (uint32_t)len;
}

static int by_comm(struct wire_match *m, const char *what, struct diags *ret_diags) {
	size_t len = strnlen(what, WIRE_COMM_MAX - 1);
	if (!len || strchr(what, '/')) {
		diags_say(ret_diags, "--comm takes the name of a process, not '%s'; a file is named with --exe", what);
		return -EINVAL;
	}
	set_name(m, WIRE_MATCH_COMM, what, len);
	m->len++; /* the NUL */
	return 0;
}

static int by_exe(struct wire_match *m, const char *what, struct diags *ret_diags) {
	struct stat st;
	int r = stat(what, &st) ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
	if (r) {
		diags_say(ret_diags, "--exe %s: %s", what, r == -EINVAL ? "it is no file" : strerror(-r));
		return r;
	}
	*m = (struct wire_match){.kind = WIRE_MATCH_EXE, .ino = st.st_ino, .dev = kernel_dev(st.st_dev)};
	return 0;
}

static int by_unit(struct wire_match *m, const char *what, struct diags *ret_diags) {
	char unit[WIRE_MATCH_NAME_MAX];
	int len = snprintf(unit, sizeof(unit), "%s%s", what, strchr(what, '.') ? "" : ".service");
	if (len >= (int)sizeof(unit) || !*what || strchr(what, '/')) {
		diags_say(ret_diags, "--unit takes the name of a systemd unit, as nginx.service, not '%s'", what);
		return -EINVAL;
	}
	set_name(m, WIRE_MATCH_UNIT, unit, (size_t)len);
	m->len++;
	return 0;
}

static int by_container(struct wire_match *m, const char *what, struct diags *ret_diags) {
	size_t len = strlen(what);
	if (len < CONTAINER_ID_MIN || len > CONTAINER_ID_LEN || strspn(what, "0123456789abcdef") != len) {
		diags_say(ret_diags, "--container takes a container's id, or at least its first %d digits, not '%s'",
		          CONTAINER_ID_MIN, what);
		return -EINVAL;
	}
	set_name(m, WIRE_MATCH_CONTAINER, what, len);
	return 0;
}

static int describe(struct wire_match *m, enum capture_match by, const char *what, struct diags *ret_diags) {
	switch (by) {
	case CAPTURE_MATCH_COMM:
		return by_comm(m, what, ret_diags);
	case CAPTURE_MATCH_EXE:
		return by_exe(m, what, ret_diags);
	case CAPTURE_MATCH_UNIT:
		return by_unit(m, what, ret_diags);
	default:
		return by_container(m, what, ret_diags);
	}
}

int capture_add_match(struct capture *c, enum capture_match by, const char *what, struct diags *ret_diags) {
	struct wire_match m = {0};
	int target = target_new(c, ret_diags);
	int r = target < 0 ? target : target_need_host_pids(ret_diags);
	if (!r)
		r = describe(&m, by, what, ret_diags);
	if (r)
		return r;
	r = bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.matches), &target, &m, BPF_ANY);
	if (!r) {
		target_added(c, target);
		__atomic_store_n(&c->kernel.bpf->bss->matches_len, c->targets_len, __ATOMIC_SEQ_CST);
		r = join_present(c, &m, (uint32_t)target);
	}
	bool nobody = !r && by == CAPTURE_MATCH_CONTAINER;
	if (r >= 0 && !nobody)
		r = target_follow_descendants(c, (uint32_t)target);
	if (r >= 0 && !nobody)
		return target;
	if (nobody)
		diags_say(ret_diags, "no process runs in a container whose id begins with %s", what);
	else
		diags_say(ret_diags, "cannot watch %s: %s", what, strerror(-r));
	target_forget_all(c, (uint32_t)target);
	return nobody ? -ENOENT : r;
}
