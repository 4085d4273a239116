/* SPDX-License-Identifier: MIT */
#include "detect/compile.h"

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

/* Those that come along take 0.1 s and 20 MiB. */
#define CPU_SECONDS 5
#define MEMORY_BYTES (512ull << 20)
#define NS_PER_S 1e9

enum how { TOGETHER, ONE_BY_ONE };

/* What the child writes: before the database or the message, or before each expression when it takes one by one. */
struct word {
	int32_t status;     /* of Hyperscan */
	int32_t expression; /* that is meant; -1: none */
	uint64_t cpu_ns;    /* that the child had used */
};

struct child {
	struct buf said;
	int status; /* of waitpid(2) */
	double cpu_s;
};

static void child_release(struct child *c) {
	buf_release(&c->said);
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
	const struct word word = {status, expression, usage_cpu_ns()};
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

		const struct word word = {HS_SUCCESS, (int)i, usage_cpu_ns()};
		if (file_write_all(fd, &word, sizeof(word)))
			return;
		if (compile(a, i, 1, &db, &message, &expression) != HS_SUCCESS)
			return;
		hs_free_database(db);
	}
	(void)file_write_all(fd, &(struct word){HS_SUCCESS, -1, usage_cpu_ns()}, sizeof(struct word));
}

static void limit(int resource, rlim_t most) {
	struct rlimit l;

	if (getrlimit(resource, &l) || (l.rlim_max != RLIM_INFINITY && l.rlim_max < most))
		return;
	l.rlim_cur = l.rlim_max = most;
	(void)setrlimit(resource, &l);
}

/* What we have already counts too: the child begins with it. */
static _Noreturn void be_child(const struct anchors *a, enum how how, int fd) {
	_cleanup_(buf_release) struct buf said = {0};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0); /* it has a copy of whatever we hold */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGXCPU, SIG_DFL);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, (rlim_t)(usage_cpu_ns() / NS_PER_S) + CPU_SECONDS);
	limit(RLIMIT_DATA, usage_data_bytes() + MEMORY_BYTES);
	if (how == ONE_BY_ONE)
		compile_one_by_one(a, fd);
	else if (!compile_together(a, &said))
		(void)file_write_all(fd, said.data, said.len);
	_exit(0);
}

static int read_all(int fd, struct buf *ret) {
	int r = file_read_fd(fd, MEMORY_BYTES, ret);

	return r == -EFBIG ? -ENOMEM : r;
}

static int run(struct child *ret, const struct anchors *a, enum how how) {
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t pid = fork();
	if (!pid)
		be_child(a, how, ends[1]);
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

static bool was_too_slow(const struct child *c) {
	return WIFSIGNALED(c->status) && c->cpu_s > CPU_SECONDS - 1;
}

/* The one that took the most of the child's time, or that was its last. */
static const struct anchor *most_costly(const struct anchors *a, const struct child *c) {
	const struct word *words = (const void *)c->said.data;
	size_t len = c->said.len / sizeof(*words), most = 0;
	double seconds = -1;

	if (!len || words[len - 1].expression < 0)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		double end = i + 1 < len ? (double)words[i + 1].cpu_ns / NS_PER_S : c->cpu_s;
		double took = end - (double)words[i].cpu_ns / NS_PER_S;

		if (took > seconds || (!was_too_slow(c) && i + 1 == len)) {
			seconds = took;
			most = i;
		}
	}
	return &a->items[words[most].expression];
}

static int complain_of_limit(const struct anchors *a, bool time, struct diags *diags) {
	_cleanup_(child_release) struct child c = {0};
	int r = run(&c, a, ONE_BY_ONE);
	const struct anchor *most = r ? NULL : most_costly(a, &c);
	char what[64];

	snprintf(what, sizeof(what), time ? "%d seconds of CPU time" : "%d MiB of memory",
	         time ? CPU_SECONDS : (int)(MEMORY_BYTES >> 20));
	if (most)
		diags_add(diags, most->file, most->line, 0,
		          "the rules do not compile with %s, most of which the anchor `%s` takes: let it repeat less, and hold "
		          "more that is fixed",
		          what, most->expression);
	else
		diags_say(diags, "the rules do not compile with %s, though each one does: use fewer (`--only`)", what);
	return r == -ENOMEM ? r : -EINVAL;
}

static int complain(const struct anchors *a, const struct word *word, const char *message, struct diags *diags) {
	const struct anchor *anchor = word->expression >= 0 ? &a->items[word->expression] : NULL;

	if (!anchor)
		return complain_of_limit(a, false, diags);
	diags_add(diags, anchor->file, anchor->line, 0, "anchor `%s` does not compile: %s", anchor->expression, message);
	return -EINVAL;
}

int compile_anchors(struct buf *ret, const struct anchors *a, struct diags *ret_diags) {
	_cleanup_(child_release) struct child c = {0};
	struct word word;
	int r = run(&c, a, TOGETHER);

	/* An agent that has given up its rights may make no process: there a thread compiles rules that have changed. */
	if (r == -EPERM)
		r = compile_together(a, &c.said);
	if (r)
		return r;
	if (c.said.len < sizeof(word))
		return complain_of_limit(a, was_too_slow(&c), ret_diags);
	memcpy(&word, c.said.data, sizeof(word));
	buf_drop(&c.said, sizeof(word));
	if (word.status != HS_SUCCESS)
		return buf_append(&c.said, "", 1) ? -ENOMEM : complain(a, &word, c.said.data, ret_diags);
	*ret = c.said;
	c.said = (struct buf){0};
	return 0;
}
