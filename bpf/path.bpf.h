/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The path of a file as its mount namespace sees it, leaf first: what d_path() knows, without its locks. */
#ifndef BPF_PATH_BPF_H
#define BPF_PATH_BPF_H

#include "bpf/maps.bpf.h"

#define PATH_BATCH 48
#define PATH_BATCHES 48 /* 2304 steps: components, of which PATH_MAX has room for 2047, and mounts */

/* Where announcements are put together: too large for the stack. */
struct announcement {
	union {
		struct wire_sink sink;
		struct wire_process process; /* its path is at the same place */
	};
	__u8 beyond[256]; /* verifier: a name read at the last position of path stays inside */
	/* Set by who calls the announcer: the file written to, its descriptor (or -1), the program to go back to. */
	struct file *sink_file;
	__s32 fd;
	__u32 back;
	/* Where the walk starts, and where it is. */
	struct file *file;
	struct dentry *dentry;
	struct mount *mount;
	__u32 flags;
	struct kernfs_node *node;
};
_Static_assert(__builtin_offsetof(struct wire_sink, path) == __builtin_offsetof(struct wire_process, path), "");
_Static_assert(__builtin_offsetof(struct wire_sink, path_len) == __builtin_offsetof(struct wire_process, path_len), "");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct announcement);
} announcements SEC(".maps");

static __always_inline struct announcement *announcement_current(void) {
	__u32 zero = 0;

	return bpf_map_lookup_elem(&announcements, &zero);
}

static __always_inline struct mount *mount_of(struct vfsmount *mnt) {
	return (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* Appends one name; false when it does not fit. */
static __always_inline bool path_append(struct wire_sink *w, const void *name) {
	__u32 at = w->path_len;
	long n;

	if (at >= WIRE_PATH_MAX)
		return false;
	n = bpf_probe_read_kernel_str(w->path + at, 256, name);
	if (n <= 0 || at + n > WIRE_PATH_MAX)
		return n <= 0;
	w->path_len = at + n;
	return true;
}

/*
 * One step up: over a name or a mount point. 0 at the end, with the flags set.
 * verifier: global, and its state in a map, so that it is looked at once and not at each turn of the loop.
 */
int __noinline path_step(void) {
	struct announcement *a = announcement_current();
	struct dentry *dentry, *parent;
	struct mount *mount;

	if (!a)
		return 0;
	dentry = a->dentry;
	mount = a->mount;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		a->mount = BPF_CORE_READ(mount, mnt_parent);
		a->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		a->flags = parent == dentry && !a->sink.path_len ? WIRE_SINK_F_UNLINKABLE : 0;
		return a->mount != mount;
	}
	a->flags = WIRE_SINK_F_PATH_CUT;
	if (!path_append(&a->sink, BPF_CORE_READ(dentry, d_name.name)))
		return 0;
	if (parent != dentry) {
		a->dentry = parent;
		return 1;
	}
	a->flags = WIRE_SINK_F_UNLINKABLE;
	return 0;
}

/* Some steps; 0 at the end. verifier: global; a loop in a loop is looked at 48 + 48 times. */
int __noinline path_steps(void) {
#pragma clang loop unroll(disable)
	for (int i = 0; i < PATH_BATCH; i++)
		if (!path_step())
			return 0;
	return 1;
}

/* Writes path and path_len of the announcement, of its file; returns WIRE_SINK_F_* flags. */
int __noinline path_walk(void) {
	struct announcement *a = announcement_current();
	struct file *file;

	if (!a)
		return 0;
	file = a->file;
	a->dentry = BPF_CORE_READ(file, f_path.dentry);
	a->mount = mount_of(BPF_CORE_READ(file, f_path.mnt));
	a->sink.path_len = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < PATH_BATCHES; i++)
		if (!path_steps())
			return a->flags;
	return WIRE_SINK_F_PATH_CUT;
}

#endif
