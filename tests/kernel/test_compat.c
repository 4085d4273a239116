/* SPDX-License-Identifier: MIT */
/* System calls of 32-bit programs have numbers of their own, which mean other calls. */
#include "harness.h"

#include <sys/uio.h>

#ifdef __x86_64__
/* 20 is getpid() to a 32-bit program and writev() to a 64-bit one, as which the registers would make sense. */
#define NR_COMPAT_GETPID 20

static long compat_call(long number, long a, const void *b, long c) {
	long ret;
	asm volatile("int $0x80" : "=a"(ret) : "a"(number), "D"(a), "S"(b), "d"(c), "b"(a), "c"(b) : "memory");
	return ret;
}

static bool has_compat(void) {
	int status;
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		_exit(compat_call(NR_COMPAT_GETPID, 0, NULL, 0) != getpid());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return !status;
}

static void call_as_32_bit_program(const void *arg) {
	static char p[1 << 20]; /* as long as any pid may claim */
	struct iovec iov = {p, sizeof(p)};
	int log = must_open_log(arg);
	must_write(log, "first", 5);
	must(compat_call(NR_COMPAT_GETPID, log, &iov, 1) == getpid());
	must_write(log, "last", 4);
}
#endif

static void calls_of_32_bit_programs_are_not_mistaken(void **state) {
#ifdef __x86_64__
	struct watch *w = *state;
	char path[108];
	if (!has_compat())
		skip_because("this kernel runs no 32-bit programs");
	watch_path(w, "a.log", path);
	watch_run(w, call_as_32_bit_program, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_text(w, 0, "first");
	assert_taken_text(w, 1, "last");
#else
	(void)state;
	skip_because("for x86-64 only");
#endif
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(calls_of_32_bit_programs_are_not_mistaken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
