/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to, socklen_t to_len);
 * send() is the same without an address. */
#include "bpf/hook.bpf.h"

HOOK(sendto, "sendto", NR(sendto)) {
	struct sink_ref ref = {
	    .fd = CALL_ARG(call, 0),
	    .bytes = call->ret,
	    .name = (const void *)CALL_ARG(call, 4),
	    .name_len = CALL_ARG(call, 5),
	};

	return hook_buffer(call, process, &ref, CALL_ARG(call, 1));
}
