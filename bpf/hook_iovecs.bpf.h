/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ssize_t writev(int fd, const struct iovec *iov, int len), and pwritev(), pwritev2() with more behind;
 * ssize_t sendmsg(int fd, const struct msghdr *msg, int flags).
 */
#include "bpf/iovec.bpf.h"

HOOK(iovecs, "writev,pwritev,pwritev2,sendmsg", NR(writev) "," NR(pwritev) "," NR(pwritev2) "," NR(sendmsg)) {
	struct sink_ref ref = {.fd = CALL_ARG(call, 0), .bytes = call->ret};
	struct user_msghdr msg = {.msg_iov = (struct iovec *)CALL_ARG(call, 1), .msg_iovlen = CALL_ARG(call, 2)};

	if (CALL_NR(call) == NR_sendmsg) {
		if (bpf_probe_read_user(&msg, sizeof(msg), msg.msg_iov))
			__builtin_memset(&msg, 0, sizeof(msg)); /* it counts all the same */
		ref.name = msg.msg_name;
		ref.name_len = msg.msg_namelen;
	}
	if (hook_find(call, process, &ref))
		emit_iovecs(&ref, msg.msg_iov, msg.msg_iovlen);
	return 0;
}
