/* SPDX-License-Identifier: MIT */
/*
 * A 32-bit program without a C library, which test_compat.c compiles: appends to the log that its first argument names,
 * until it has one line for each way into the kernel, then goes on as often as its second argument has characters.
 */
static long interrupt(long nr, long a, const void *b, long c) {
	long ret;
	asm volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

/* As libc does it: the way that the kernel tells each program at its start (sysenter, syscall). */
static long entry_point;
static long entry(long nr, long a, const void *b, long c) {
	long ret;
	asm volatile("call *%5" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c), "m"(entry_point) : "memory");
	return ret;
}

enum { NR_exit = 1, NR_write = 4, NR_open = 5, NR_writev = 146, O_WRONLY_CREAT_APPEND = 02101, AT_SYSINFO = 32 };

struct iovec32 {
	const char *base;
	unsigned int len;
};

static void fail(void) {
	for (;;)
		interrupt(NR_exit, 9, 0, 0);
}

static void program(long *stack) {
	const struct iovec32 iov[] = {{"by ", 3}, {"vector\n", 7}};
	char **argv = (char **)(stack + 1);
	long *aux = stack + 1 + stack[0] + 1;
	while (*aux++)
		;
	for (; *aux; aux += 2)
		if (*aux == AT_SYSINFO)
			entry_point = aux[1];
	long log = interrupt(NR_open, (long)argv[1], (const void *)O_WRONLY_CREAT_APPEND, 0600);
	if (log < 0 || interrupt(NR_write, log, "by interrupt\n", 13) != 13 || interrupt(NR_writev, log, iov, 2) != 10)
		fail();
	if (entry_point && entry(NR_write, log, "by entry point\n", 15) != 15)
		fail();
	for (const char *more = stack[0] > 2 ? argv[2] : ""; *more; more++)
		if (interrupt(NR_write, log, more, 1) != 1)
			fail();
	interrupt(NR_exit, 0, 0, 0);
}

asm(".globl _start\n_start: mov %esp, %eax\n push %eax\n call start_with\n");
void start_with(long *stack);
void start_with(long *stack) {
	program(stack);
}
