/* SPDX-License-Identifier: MIT */
#include "agent/compiler.h"

#include "app/helper.h"
#include "app/privileges.h"
#include "base/file.h"
#include "base/usage.h"
#include "detect/compile.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

struct compiler {
	pid_t pid;
	int fd;
};

static _Noreturn void serve(int fd, const char *user) {
	const int fds[] = {-1, -1, -1, fd};
	const struct privileges_options options = {.keep = PRIVILEGES_KEEP_CHILDREN, .user = user};
	struct diags diags = {0};
	enum { FD = sizeof(fds) / sizeof(*fds) - 1 };
	helper_begin("logspill-rules", fds, FD + 1);
	const uint64_t data_bytes = usage_memory().data_bytes; /* no file can be opened behind it */
	int ready = privileges_drop(&options, &diags);
	if (file_write_all(FD, &ready, sizeof(ready)) || ready)
		_exit(1);
	compile_serve(FD, data_bytes);
	_exit(0);
}

int compiler_new(struct compiler **ret, const char *user) {
	_cleanup_(compiler_freep) struct compiler *c = calloc(1, sizeof(*c));
	int ends[2], ready;
	if (!c)
		return -ENOMEM;
	c->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	c->fd = ends[0];
	c->pid = fork();
	if (!c->pid)
		serve(ends[1], user);
	close(ends[1]); /* or nobody would notice that it has gone */
	if (c->pid < 0)
		return -errno;
	int r = file_read_exactly(c->fd, &ready, sizeof(ready));
	if (r || ready)
		return r ? r : ready;
	*ret = take(c);
	return 0;
}

void compiler_free(struct compiler *c) {
	if (!c)
		return;
	compiler_stop(c);
	closep(&c->fd);
	free(c);
}

void compiler_stop(struct compiler *c) {
	helper_end(c->pid);
	c->pid = 0;
	shutdown(c->fd, SHUT_RDWR); /* a child that compiles has the other end as well */
}

const int *compiler_fd(const struct compiler *c) {
	return &c->fd;
}
