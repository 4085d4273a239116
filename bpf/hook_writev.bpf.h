/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* ssize_t writev(int fd, const struct iovec *iov, int len), and pwritev(), pwritev2() with more behind. */
#include "bpf/iovec.bpf.h"

HOOK(writev, "writev,pwritev,pwritev2", NR(writev) "," NR(pwritev) "," NR(pwritev2)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 0), .bytes = call->ret};

	return hook_iovecs(call, process, &ref, (const struct iovec *)CALL_ARG(call, 1), CALL_ARG(call, 2));
}
