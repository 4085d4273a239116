/* SPDX-License-Identifier: MIT */
/* Prints what the verifier had to look at for each BPF program that is loaded (5.16; before, 0). */
#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <stdio.h>
#include <unistd.h>

int main(void) {
	for (__u32 id = 0; !bpf_prog_get_next_id(id, &id);) {
		struct bpf_prog_info info = {0};
		__u32 len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
			printf("INSTRUCTIONS %u %s\n", info.verified_insns, info.name);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}
