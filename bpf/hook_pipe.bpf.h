/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * int pipe(int fds[2]), int pipe2(int fds[2], int flags): a pipe born inside the target carries what its processes
 * tell each other ($(cmd), cmd | cmd), even as somebody's standard output. Noted here, at its birth: when its first
 * bytes come up, the reader is often gone already and could not be found.
 */
#include "bpf/hook.bpf.h"

#ifdef NR_pipe
#define PIPE_CALLS "pipe,pipe2"
#define PIPE_NUMBERS NR(pipe) "," NR(pipe2)
#else /* newer architectures */
#define PIPE_CALLS "pipe2"
#define PIPE_NUMBERS NR(pipe2)
#endif

HOOK(pipe, PIPE_CALLS, PIPE_NUMBERS) {
	struct wire_sink_key key;
	struct file *file;
	__s32 fds[2];
	__u8 inner = WIRE_PIPE_INNER;

	if (process->collects & WIRE_COLLECTS_PIPES) {
		if (process->target < WIRE_TARGETS_MAX)
			target_stats[process->target].collected |= WIRE_COLLECTS_PIPES;
		return;
	}
	if (bpf_probe_read_user(fds, sizeof(fds), (const void *)call->args[0]))
		return;
	file = file_of(fds[1]);
	if (!file)
		return;
	sink_key_init(&key, KREAD(file, f_inode), process->target & ~WIRE_SECOND_HOP);
	bpf_map_update_elem(&inner_pipes, &key, &inner, BPF_ANY);
}
