/* SPDX-License-Identifier: MIT */
#include "capture/state.h"

#include "base/cgroupfs.h"
#include "base/cleanup.h"
#include "capture/present.h"
#include "capture/reader.h"

#include "bpf/logspill.skel.h"
#include <bpf/bpf.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* What /proc says of a process; false when it has gone (a zombie writes no more). */
static bool read_stat(pid_t pid, pid_t *ret_parent) {
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = 0;
	char state, *behind_name = strrchr(text, ')'); /* the name may hold anything */
	return behind_name && sscanf(behind_name + 1, " %c %d", &state, ret_parent) == 2 && !strchr("ZX", state);
}

static bool is_followed(struct capture *c, pid_t pid) {
	struct wire_followed entry;
	return !bpf_map_lookup_elem(bpf_map__fd(c->kernel.bpf->maps.processes), &pid, &entry);
}

/* See process_may_be_followed() of bpf/target.bpf.h. */
static uint32_t *process_slot(struct capture *c, pid_t pid) {
	return &c->kernel.bpf->bss->processes_at[(uint32_t)pid % WIRE_PROCESS_SLOTS];
}

void target_forget(struct capture *c, pid_t pid) {
	if (bpf_map_delete_elem(bpf_map__fd(c->kernel.bpf->maps.processes), &pid))
		return;
	__atomic_fetch_sub(&c->kernel.bpf->bss->live_processes, 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(process_slot(c, pid), 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&c->kernel.bpf->bss->recalls, 1, __ATOMIC_SEQ_CST);
}

int target_follow(struct capture *c, pid_t pid, uint32_t target, bool matched) {
	struct wire_followed entry = {.target = target, .matched = matched};
	pid_t parent;
	__atomic_fetch_add(process_slot(c, pid), 1, __ATOMIC_SEQ_CST); /* first: nobody is to be in the table unseen */
	int r = bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.processes), &pid, &entry, BPF_NOEXIST);
	if (r)
		__atomic_fetch_sub(process_slot(c, pid), 1, __ATOMIC_SEQ_CST);
	if (r == -EEXIST)
		return 0;
	if (r == -E2BIG) {
		__atomic_fetch_add(&c->kernel.bpf->bss->target_stats[target].untracked_processes, 1, __ATOMIC_RELAXED);
		return 0;
	}
	if (r)
		return r;
	__atomic_fetch_add(&c->kernel.bpf->bss->live_processes, 1, __ATOMIC_RELAXED);
	if (read_stat(pid, &parent))
		return stdio_add(&c->stdio, pid) ?: present_see(c, pid, target) ?: 1;
	/* It ended before it was in the table, so nobody else takes it out. */
	target_forget(c, pid);
	return -ESRCH;
}

pid_t target_pid_of(const struct dirent *entry) {
	return isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
}

/* One pass over /proc: follows children of the followed. How many it found, or -errno. */
static int follow_children(struct capture *c, uint32_t target) {
	int found = 0;
	DIR *proc = opendir("/proc");
	if (!proc)
		return -errno;
	for (struct dirent *entry; (entry = readdir(proc));) {
		pid_t pid = target_pid_of(entry), parent;
		if (pid && pid != getpid() && read_stat(pid, &parent) && is_followed(c, parent) && !is_followed(c, pid))
			found += target_follow(c, pid, target, false) == 1;
	}
	closedir(proc);
	return found;
}

int target_new(struct capture *c, struct diags *ret_diags) {
	uint32_t resumes = c->resumes;
	c->resumes = 0;
	if (resumes)
		return (int)resumes - 1;
	if (c->targets_len == WIRE_TARGETS_MAX) {
		diags_say(ret_diags, "at most %d targets can be watched at once", WIRE_TARGETS_MAX);
		return -E2BIG;
	}
	return (int)c->targets_len;
}

void target_added(struct capture *c, int target) {
	c->targets_len += (uint32_t)target == c->targets_len;
}

/* The number of the first pid namespace is fixed (PROC_PID_INIT_INO). In others a process has numbers that the kernel
 * side does not know it by. */
static bool pids_are_the_kernels(void) {
	struct stat st;
	return stat("/proc/self/ns/pid", &st) || st.st_ino == 0xEFFFFFFC;
}

int target_need_host_pids(struct diags *ret_diags) {
	if (pids_are_the_kernels())
		return 0;
	diags_say(ret_diags, "process numbers in here are not the host's (a pid namespace, as in a container): "
	                     "use `logspill run`, or --cgroup, or start logspill in the host's pid namespace");
	return -ENOTSUP;
}

/* Children born from now on follow by themselves; of those that exist a pass can miss one whose parent it had not yet
 * followed. */
int target_follow_descendants(struct capture *c, uint32_t target) {
	int r;
	do
		r = follow_children(c, target);
	while (r > 0);
	return r;
}

int capture_add_process(struct capture *c, pid_t pid, struct diags *ret_diags) {
	int target = target_new(c, ret_diags);
	if (target < 0)
		return target;
	int r = target_need_host_pids(ret_diags);
	if (r)
		return r;
	r = pid > 0 ? target_follow(c, pid, (uint32_t)target, false) : -ESRCH;
	if (r < 0) {
		diags_say(ret_diags, r == -ESRCH ? "there is no process %d" : "cannot watch process %d", pid);
		return r;
	}
	(void)target_follow_descendants(c, (uint32_t)target);
	target_added(c, target);
	return target;
}

int capture_add_self(struct capture *c) {
	if (c->targets_len == WIRE_TARGETS_MAX)
		return -E2BIG;
	int r = kernel_join_self(&c->kernel, c->targets_len);
	return r ? r : (int)c->targets_len;
}

/* As it stands, or below the mount, as systemd and /proc/PID/cgroup name them. */
static int open_cgroup(const char *path, const char *mount) {
	char below[1024];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	snprintf(below, sizeof(below), "%s/%s", mount, path);
	fd = open(below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int capture_add_cgroup(struct capture *c, const char *path, struct diags *ret_diags) {
	char mount[512];
	struct statfs fs;
	int target = target_new(c, ret_diags);
	if (target < 0)
		return target;
	if (!cgroupfs_mount(mount, sizeof(mount))) {
		diags_say(ret_diags, "cgroup v2 is not mounted here, and only its groups can be watched: "
		                     "mount -t cgroup2 none /sys/fs/cgroup/unified, or name processes with -p");
		return -ENOTSUP;
	}
	_cleanup_close_ int fd = open_cgroup(path, mount);
	if (fd < 0) {
		diags_say(ret_diags, "%s: %s", path, strerror(-fd));
		return fd;
	}
	if (fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC) {
		diags_say(ret_diags, "%s is not a cgroup v2 directory: they are below %s", path, mount);
		return -EINVAL;
	}
	int r = bpf_map_update_elem(bpf_map__fd(c->kernel.bpf->maps.cgroups), &target, &fd, BPF_ANY);
	if (r) {
		diags_say(ret_diags, "cannot watch %s: %s", path, strerror(-r));
		return r;
	}
	c->cgroup_fds[target] = take_fd(&fd);
	target_added(c, target);
	__atomic_store_n(&c->kernel.bpf->bss->targets_len, c->targets_len, __ATOMIC_RELEASE);
	r = present_see_cgroup(c, c->cgroup_fds[target], (uint32_t)target);
	return r < 0 ? r : target;
}

int capture_add_host(struct capture *c, struct diags *ret_diags) {
	int target = target_new(c, ret_diags);
	if (target < 0)
		return target;
	int r = target_need_host_pids(ret_diags);
	if (r)
		return r;
	c->judge.host = (uint32_t)target + 1;
	/* Whatever is said to a collector of this host is seen: from the first message on it is a second hop. */
	c->kernel.bpf->bss->target_stats[target].collected = WIRE_COLLECTS_SOCKETS | WIRE_COLLECTS_PIPES;
	__atomic_store_n(&c->kernel.bpf->bss->host_target, c->judge.host, __ATOMIC_RELEASE);
	target_added(c, target);
	__atomic_store_n(&c->kernel.bpf->bss->targets_len, c->targets_len, __ATOMIC_RELEASE);
	DIR *proc = opendir("/proc");
	for (struct dirent *entry; proc && !r && (entry = readdir(proc));) {
		pid_t pid = target_pid_of(entry);
		r = pid && pid != getpid() ? present_see(c, pid, (uint32_t)target) : 0;
	}
	if (proc)
		closedir(proc);
	return r < 0 ? r : target;
}

/* Does any process live in it or below? */
static bool is_populated(int cgroup_fd) {
	char text[256];
	_cleanup_close_ int fd = openat(cgroup_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd < 0) /* the root has no such file and is never empty */
		return !faccessat(cgroup_fd, "cgroup.procs", F_OK, 0);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	return strstr(text, "populated 1");
}

size_t capture_live_processes(const struct capture *c) {
	int32_t live = __atomic_load_n(&c->kernel.bpf->bss->live_processes, __ATOMIC_RELAXED);
	size_t n = live > 0 ? (size_t)live : 0;
	/* Of a cgroup the kernel side knows only those that have written. */
	for (uint32_t i = 0; !n && i < c->targets_len; i++)
		n = c->cgroup_fds[i] >= 0 && is_populated(c->cgroup_fds[i]);
	return n;
}

/* A collector in the target does not make its input the target's own affair, but a log that is written on; whoever
 * else holds the reading end, as a server does that starts its collector again when it ends. */
static enum pipe_reader reader_kind(struct capture *c, pid_t pid, uint32_t target) {
	if (!collectors_find_process(&c->collectors, pid))
		return PIPE_READ_INSIDE;
	__atomic_fetch_or(&c->kernel.bpf->bss->target_stats[target].collected, WIRE_COLLECTS_PIPES, __ATOMIC_RELAXED);
	return PIPE_READ_COLLECTED;
}

static enum pipe_reader followed_reader(struct capture *c, uint64_t ino, uint32_t target) {
	int map = bpf_map__fd(c->kernel.bpf->maps.processes);
	struct wire_followed entry;
	uint32_t pid, next;
	enum pipe_reader reader = PIPE_READ_OUTSIDE;
	for (uint32_t *at = NULL; reader != PIPE_READ_COLLECTED && !bpf_map_get_next_key(map, at, &next); at = &pid) {
		pid = next;
		if (!bpf_map_lookup_elem(map, &pid, &entry) && (entry.target & ~WIRE_SECOND_HOP) == target &&
		    reader_is((pid_t)pid, ino))
			reader = reader_kind(c, (pid_t)pid, target);
	}
	return reader;
}

/* In the group itself; one below it is asked for by its own members' writes. */
static enum pipe_reader member_reader(struct capture *c, uint64_t ino, uint32_t target) {
	int fd = openat(c->cgroup_fds[target], "cgroup.procs", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *members = fd < 0 ? NULL : fdopen(fd, "r");
	enum pipe_reader reader = PIPE_READ_OUTSIDE;
	for (int pid; members && reader != PIPE_READ_COLLECTED && fscanf(members, "%d", &pid) == 1;)
		if (reader_is(pid, ino))
			reader = reader_kind(c, pid, target);
	return reader;
}

/* Of a whole host only collectors count, and they are few. */
static enum pipe_reader collecting_reader(struct capture *c, uint64_t ino, uint32_t target) {
	enum pipe_reader reader = PIPE_READ_OUTSIDE;
	DIR *proc = opendir("/proc");
	for (struct dirent *entry; proc && reader == PIPE_READ_OUTSIDE && (entry = readdir(proc));) {
		pid_t pid = target_pid_of(entry);
		if (pid && collectors_find_process(&c->collectors, pid) && reader_is(pid, ino))
			reader = reader_kind(c, pid, target);
	}
	if (proc)
		closedir(proc);
	return reader;
}

enum pipe_reader target_pipe_reader(void *capture, const struct wire_sink_key *pipe) {
	struct capture *c = capture;
	struct wire_sink_key key = *pipe;
	uint8_t birth;
	key.target &= ~WIRE_SECOND_HOP;
	if (key.target >= WIRE_TARGETS_MAX)
		return PIPE_READ_OUTSIDE;
	if (!bpf_map_lookup_elem(bpf_map__fd(c->kernel.bpf->maps.inner_pipes), &key, &birth))
		return birth == WIRE_PIPE_COLLECTED ? PIPE_READ_COLLECTED : PIPE_READ_UNKNOWN;
	if (key.target + 1 == c->judge.host)
		return collecting_reader(c, key.ino, key.target);
	enum pipe_reader reader = followed_reader(c, key.ino, key.target);
	if (reader == PIPE_READ_OUTSIDE && c->cgroup_fds[key.target] >= 0)
		reader = member_reader(c, key.ino, key.target);
	return reader;
}

bool target_had_stdio(void *capture, const struct wire_sink_key *file) {
	return stdio_has(&((struct capture *)capture)->stdio, file);
}
