/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * All programs, as one object: libbpf's linker refused, until 1.4, a kernel function that two objects call.
 * A new hook is a file of its own and a line here.
 */
#include "bpf/announce.bpf.h"
#include "bpf/hook_aio.bpf.h"
#include "bpf/hook_mmap.bpf.h"
#include "bpf/hook_pipe.bpf.h"
#include "bpf/hook_uring.bpf.h"
#include "bpf/hook_write.bpf.h"
#include "bpf/lifecycle.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
