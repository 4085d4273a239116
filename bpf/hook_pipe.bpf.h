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
	__u8 yes = 1;

	if (bpf_probe_read_user(fds, sizeof(fds), (const void *)CALL_ARG(call, 0)))
		return 0;
	file = file_of(fds[1]);
	if (!file)
		return 0;
	sink_key_init(&key, KREAD(file, f_inode), process->target);
	bpf_map_update_elem(&not_logs, &key, &yes, BPF_ANY);
	return 0;
}

HOOK_COMPAT(pipe, NR32(pipe) "," NR32(pipe2))
