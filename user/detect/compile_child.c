/* SPDX-License-Identifier: MIT */
#include "detect/compile_child.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/usage.h"
#include "detect/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define NS_PER_S 1e9

void compile_outcome_release(struct compile_outcome *o) {
	buf_release(&o->said);
}

static hs_error_t compile(const struct anchors *a, size_t from, size_t len, hs_database_t **ret, struct buf *message,
                          int *ret_expression) {
	_cleanup_free_ const char **expressions = calloc(len, sizeof(*expressions));
	_cleanup_free_ unsigned *ids = calloc(len, sizeof(*ids));
	_cleanup_free_ unsigned *flags = calloc(len, sizeof(*flags));
	hs_compile_error_t *e = NULL;

	if (!expressions || !ids || !flags)
		return HS_NOMEM;
	for (size_t i = 0; i < len; i++) {
		expressions[i] = a->items[from + i].expression;
		ids[i] = (unsigned)(from + i);
		flags[i] = HS_FLAG_DOTALL;
	}
	/* No SOM and no UTF-8 mode: the one halves the speed, the other is undefined on bytes that are not UTF-8. */
	hs_error_t status = hs_compile_multi(expressions, flags, ids, (unsigned)len, HS_MODE_BLOCK, NULL, ret, &e);
	if (status == HS_COMPILER_ERROR && e) {
		/* It blames the first when it has no memory. */
		*ret_expression = strcmp(e->message, "Unable to allocate memory.") ? e->expression : -1;
		if (buf_append(message, e->message, strlen(e->message)))
			status = HS_NOMEM;
	}
	hs_free_compile_error(e);
	return status;
}

/* A word, and behind it the database or the message. */
static int compile_together(const struct anchors *a, struct buf *ret) {
	_cleanup_(buf_release) struct buf message = {0};
	_cleanup_free_ char *blob = NULL;
	hs_database_t *db = NULL;
	size_t len = 0;
	int expression = -1;
	hs_error_t status = compile(a, 0, a->len, &db, &message, &expression);

	if (status == HS_SUCCESS)
		status = hs_serialize_database(db, &blob, &len);
	hs_free_database(db);
	const struct compile_word word = {status, expression, usage_cpu_ns()};
	int r = buf_append(ret, &word, sizeof(word));
	if (!r)
		r = status == HS_SUCCESS ? buf_append(ret, blob, len) : buf_append(ret, message.data, message.len);
	return r;
}

/* To tell which of them it is that takes so much. */
static void compile_one_by_one(const struct anchors *a, int fd) {
	for (size_t i = 0; i < a->len; i++) {
		_cleanup_(buf_release) struct buf message = {0};
		hs_database_t *db = NULL;
		int expression;

		const struct compile_word word = {HS_SUCCESS, (int)i, usage_cpu_ns()};
		if (file_write_all(fd, &word, sizeof(word)))
			return;
		if (compile(a, i, 1, &db, &message, &expression) != HS_SUCCESS)
			return;
		hs_free_database(db);
	}
	(void)file_write_all(fd, &(struct compile_word){HS_SUCCESS, -1, usage_cpu_ns()}, sizeof(struct compile_word));
}

static void limit(int resource, rlim_t most) {
	struct rlimit l;

	if (getrlimit(resource, &l) || (l.rlim_max != RLIM_INFINITY && l.rlim_max < most))
		return;
	l.rlim_cur = l.rlim_max = most;
	(void)setrlimit(resource, &l);
}

static _Noreturn void be_child(const struct anchors *a, enum compile_how how, uint64_t data_bytes, int fd) {
	_cleanup_(buf_release) struct buf said = {0};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0); /* it has a copy of whatever we hold */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGXCPU, SIG_DFL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (rlim_t)(usage_cpu_ns() / NS_PER_S) + COMPILE_CPU_SECONDS);
	limit(RLIMIT_DATA, data_bytes + COMPILE_MEMORY_BYTES);
	if (how == COMPILE_ONE_BY_ONE)
		compile_one_by_one(a, fd);
	else if (!compile_together(a, &said))
		(void)file_write_all(fd, said.data, said.len);
	_exit(0);
}

static int read_all(int fd, struct buf *ret) {
	int r = file_read_fd(fd, COMPILE_MEMORY_BYTES, ret);

	return r == -EFBIG ? -ENOMEM : r;
}

int compile_in_child(struct compile_outcome *ret, const struct anchors *a, enum compile_how how, uint64_t data_bytes) {
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();
	if (!pid)
		be_child(a, how, data_bytes, ends[1]);
	int r = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!r)
		r = read_all(ends[0], &ret->said);
	close(ends[0]);
	struct rusage usage = {0};
	while (pid > 0 && wait4(pid, &ret->status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	ret->cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	             (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	return r;
}
