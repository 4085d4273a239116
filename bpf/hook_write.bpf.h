/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ssize_t write(int fd, const void *buf, size_t count), and pwrite64() with an offset behind. */
#include "bpf/hook.bpf.h"

HOOK(write, "write,pwrite64", NR(write) "," NR(pwrite64)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 0), .bytes = call->ret};

	return hook_buffer(call, process, &ref, CALL_ARG(call, 1));
}
