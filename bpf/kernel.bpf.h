/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* How the kernel is read: its structs, helpers that old kernels lack, and system call arguments per architecture. */
#ifndef BPF_KERNEL_BPF_H
#define BPF_KERNEL_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bpf/wire.h"

/* What this kernel can do. Constants once loaded: the verifier drops the branches that do not apply. */
#define HAS_TASK_PT_REGS bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs)    /* 5.15 */
#define HAS_RDONLY_CAST bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_cgrp_storage_get) /* both came in 6.2 */

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

/* A field of a kernel object: as a plain load where the kernel allows it (0.3 ns), else by a helper (15 ns). By way of
 * a local: if p is a member of a struct of ours, CO-RE would relocate the access to that as well. */
#define KREAD(p, field)                                                                                                \
	({                                                                                                                 \
		typeof(p) p_ = (p);                                                                                            \
		typeof(p_->field) v_;                                                                                          \
		if (HAS_RDONLY_CAST)                                                                                           \
			v_ = ((typeof(p_))bpf_rdonly_cast(p_, bpf_core_type_id_kernel(typeof(*p_))))->field;                       \
		else                                                                                                           \
			bpf_core_read(&v_, sizeof(v_), &p_->field);                                                                \
		v_;                                                                                                            \
	})

static __always_inline struct task_struct *current_task(void) {
	return HAS_TASK_PT_REGS ? bpf_get_current_task_btf() : (struct task_struct *)bpf_get_current_task();
}

static __always_inline __u32 current_tgid(void) {
	return bpf_get_current_pid_tgid() >> 32;
}

/* bpf_get_current_pid_tgid() of a task that is the current one: a call less, and calls are what our programs take most
 * time for where the kernel hardens returns. */
static __always_inline __u64 task_id(struct task_struct *task) {
	return HAS_RDONLY_CAST ? (__u64)KREAD(task, tgid) << 32 | (__u32)KREAD(task, pid) : bpf_get_current_pid_tgid();
}

/* The file behind a descriptor of the current task; NULL when there is none. */
static __always_inline struct file *file_of_task(struct task_struct *task, __u32 fd) {
	struct files_struct *files = KREAD(task, files);
	struct fdtable *fdt = KREAD(files, fdt);
	struct hlist_head *slot; /* any struct of the kernel's that is one pointer: a plain load needs a type */

	if (fd >= KREAD(fdt, max_fds))
		return NULL;
	slot = (struct hlist_head *)(KREAD(fdt, fd) + fd);
	return (struct file *)KREAD(slot, first);
}

static __always_inline struct file *file_of(__u32 fd) {
	return file_of_task(current_task(), fd);
}

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define FMODE_WRITE 2
#define O_APPEND 02000 /* the same on x86-64 and arm64 */
#define S_IFREG 0100000
#define S_IFCHR 0020000
#define S_IFIFO 0010000

#define PIPEFS_MAGIC 0x50495045

#define AF_UNIX 1
#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5

#endif
