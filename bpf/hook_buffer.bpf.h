/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ssize_t write(int fd, const void *buf, size_t len), and pwrite64() with more behind;
 * ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len), and
 * send(), which is the same without an address.
 */
#include "bpf/hook.bpf.h"

HOOK(buffer, "write,pwrite64,sendto", NR(write) "," NR(pwrite64) "," NR(sendto)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 0), .bytes = call->ret};

	if (CALL_IS(call, sendto)) {
		ref.name = (const void *)CALL_ARG(call, 4);
		ref.name_len = CALL_ARG(call, 5);
	}
	if (hook_find(call, process, &ref))
		emit_write(&ref, CALL_ARG(call, 1));
	return 0;
}

HOOK_COMPAT(buffer, NR32(write) "," NR32(pwrite64) "," NR32(sendto))
