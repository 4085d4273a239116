/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The path of a file as its mount namespace sees it, leaf first: what d_path() knows, without its locks. */
#ifndef BPF_PATH_BPF_H
#define BPF_PATH_BPF_H

#include "bpf/maps.bpf.h"

#define PATH_STEPS 80 /* components and mounts */


static __always_inline struct mount *mount_of(struct vfsmount *mnt) {
	return (struct mount *)((char *)mnt - bpf_core_field_offset(struct mount, mnt));
}

/* Appends one name at *len; false when it does not fit. len lives in a map: in a register the verifier would follow
 * each of its values through each step. */
static __always_inline bool path_append(__u8 *path, __u32 *len, struct dentry *dentry) {
	__u32 at = *len;
	long n;

	if (at > WIRE_PATH_MAX - 256)
		return false;
	n = bpf_probe_read_kernel_str(path + at, 256, BPF_CORE_READ(dentry, d_name.name));
	if (n > 0)
		*len = at + n;
	return true;
}

/* Writes names to path and their length to *len; returns WIRE_SINK_F_* flags. */
static __always_inline __u32 path_walk(struct file *file, __u8 *path, __u32 *len) {
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct mount *mount = mount_of(BPF_CORE_READ(file, f_path.mnt));

	*len = 0;
	for (int i = 0; i < PATH_STEPS; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

		if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return 0;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			continue;
		}
		if (!path_append(path, len, dentry))
			return WIRE_SINK_F_PATH_CUT;
		if (parent == dentry)
			return WIRE_SINK_F_UNLINKABLE;
		dentry = parent;
	}
	return WIRE_SINK_F_PATH_CUT;
}

#endif
