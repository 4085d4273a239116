/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ssize_t write(int fd, const void *buf, size_t len), and pwrite64() with more behind;
 * ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len), and
 * send(), which is the same without an address.
 */
#include "bpf/hook.bpf.h"

HOOK(buffer, "write,pwrite64,sendto", NR(write) "," NR(pwrite64) "," NR(sendto)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 0), .bytes = call->ret};
	struct emit *e;

	if (CALL_NR(call) == NR_sendto) {
		ref.name = (const void *)CALL_ARG(call, 4);
		ref.name_len = CALL_ARG(call, 5);
	}
	if (!hook_find(call, process, &ref))
		return 0;
	e = emit_begin(&ref);
	if (!e)
		return 0;
	emit_buffer(e, CALL_ARG(call, 1), ref.bytes);
	emit_end(e, ref.stats);
	return 0;
}
