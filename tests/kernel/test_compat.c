/* SPDX-License-Identifier: MIT */
/* 32-bit x86 programs: system calls with numbers and layouts of their own, which only the raw hook shows. */
#include "harness.h"
#include "sockets.h"

#include <sys/stat.h>

#ifdef __x86_64__
enum {
	NR32_GETPID = 20, /* to a 64-bit program writev(), as which the registers would make sense */
	NR32_WRITE = 4,
	NR32_PIPE = 42,
	NR32_SOCKETCALL = 102,
	NR32_WRITEV = 146,
	NR32_PWRITE64 = 181,
	NR32_PWRITEV = 334,
	NR32_SENDFILE64 = 239,
	NR32_SENDMMSG = 345,
	NR32_SENDTO = 369,
	NR32_SENDMSG = 370,
	NR32_PWRITEV2 = 379,
	SOCKETCALL_SEND = 9,
	SOCKETCALL_SENDTO = 11,
	SOCKETCALL_SENDMSG = 16,
	SOCKETCALL_SENDMMSG = 20,
};

static long call32(long nr, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e) {
	long ret;
	asm volatile("int $0x80"
	             : "=a"(ret)
	             : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
	             : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* With a sixth argument, which is in the register that the compiler keeps for itself. */
static long call32_6(long nr, const uint32_t args[6]) {
	long ret;
	uint64_t sixth = args[5];
	asm volatile("xchg %%rbp, %1\n int $0x80\n xchg %%rbp, %1"
	             : "=a"(ret), "+r"(sixth)
	             : "a"(nr), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]), "D"(args[4])
	             : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

struct iovec32 {
	uint32_t base, len;
};
struct msghdr32 {
	uint32_t name, name_len, iov, iov_len, control, control_len, flags;
};
struct mmsghdr32 {
	struct msghdr32 hdr;
	uint32_t len;
};

/* What a 32-bit program could point to. */
static struct low {
	char text[64];
	char large[3 * WIRE_PIECE_MAX];
	struct iovec32 iov[40];
	struct sockaddr_un addr;
	struct msghdr32 msg;
	struct mmsghdr32 msgs[3];
	uint32_t args[6];
	int32_t fds[2];
} * low;

static uint32_t at(const void *p) {
	return (uint32_t)(uintptr_t)p;
}

static bool has_compat(void) {
	int status;
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		_exit(call32(NR32_GETPID, 0, 0, 0, 0, 0) != getpid());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return !status;
}

static void low_init(void) {
	low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	must(low != MAP_FAILED);
	strcpy(low->text, "hello from 32 bits");
	low->iov[0] = (struct iovec32){at(low->text), 6};
	low->iov[1] = (struct iovec32){at(low->text) + 6, 0};
	low->iov[2] = (struct iovec32){at(low->text) + 6, 12};
}

#define TEXT_LEN 18

static void write_to_file(const void *path) {
	low_init();
	uint32_t fd = (uint32_t)must_open(path, O_WRONLY | O_CREAT);
	must(call32(NR32_WRITE, fd, at(low->text), TEXT_LEN, 0, 0) == TEXT_LEN);
	must(call32(NR32_WRITEV, fd, at(low->iov), 3, 0, 0) == TEXT_LEN);
	must(call32(NR32_PWRITE64, fd, at(low->text), TEXT_LEN, 100, 0) == TEXT_LEN);
	must(call32(NR32_PWRITEV, fd, at(low->iov), 3, 200, 0) == TEXT_LEN);
	const uint32_t v2[6] = {fd, at(low->iov), 3, 300, 0, 0};
	must(call32_6(NR32_PWRITEV2, v2) == TEXT_LEN);
}

static void need_compat(void) {
	if (!has_compat())
		skip_because("this kernel runs no 32-bit programs");
}

static void assert_taken_texts(const struct watch *w, size_t len) {
	assert_int_equal(w->taken_len, len);
	for (size_t i = 0; i < len; i++)
		assert_taken_text(w, i, "hello from 32 bits");
}

static void each_write_call_of_32_bits_is_captured(void **state) {
	struct watch *w = *state;
	char path[108];
	need_compat();
	watch_path(w, "a.log", path);
	watch_run(w, write_to_file, path);
	assert_lost_nothing(w);
	assert_taken_texts(w, 5);
}

static void write_large(const void *path) {
	low_init();
	uint32_t fd = (uint32_t)must_open_log(path);
	pattern_fill(low->large, sizeof(low->large), 1);
	must(call32(NR32_WRITE, fd, at(low->large), sizeof(low->large), 0, 0) == sizeof(low->large));
	size_t piece = sizeof(low->large) / LEN(low->iov);
	for (size_t i = 0; i < LEN(low->iov); i++)
		low->iov[i] = (struct iovec32){at(low->large + i * piece), (uint32_t)piece};
	must(call32(NR32_WRITEV, fd, at(low->iov), LEN(low->iov), 0, 0) == (long)(LEN(low->iov) * piece));
}

static void large_writes_of_32_bits_come_whole(void **state) {
	struct watch *w = *state;
	char path[108];
	need_compat();
	watch_path(w, "a.log", path);
	watch_run(w, write_large, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_pattern(w, 0, sizeof(low->large), 1);
	assert_taken_pattern(w, 1, sizeof(low->large) / LEN(low->iov) * LEN(low->iov), 1);
}

static void message_init(struct msghdr32 *msg, bool named) {
	*msg = (struct msghdr32){.iov = at(low->iov), .iov_len = 3};
	if (named) {
		msg->name = at(&low->addr);
		msg->name_len = sizeof(low->addr);
	}
}

/* Each call twice: by its number, and by socketcall(). */
static void send_to_socket(const void *name) {
	low_init();
	unix_address(name, &low->addr);
	uint32_t fd = (uint32_t)must_connect(name, SOCK_DGRAM), to = (uint32_t)must_socket(SOCK_DGRAM);
	const uint32_t send[6] = {fd, at(low->text), TEXT_LEN, 0, 0, 0};
	const uint32_t sendto[6] = {to, at(low->text), TEXT_LEN, 0, at(&low->addr), sizeof(low->addr)};
	must(call32_6(NR32_SENDTO, send) == TEXT_LEN);
	must(call32_6(NR32_SENDTO, sendto) == TEXT_LEN);
	memcpy(low->args, send, sizeof(send));
	must(call32(NR32_SOCKETCALL, SOCKETCALL_SEND, at(low->args), 0, 0, 0) == TEXT_LEN);
	memcpy(low->args, sendto, sizeof(sendto));
	must(call32(NR32_SOCKETCALL, SOCKETCALL_SENDTO, at(low->args), 0, 0, 0) == TEXT_LEN);
	message_init(&low->msg, true);
	must(call32(NR32_SENDMSG, to, at(&low->msg), 0, 0, 0) == TEXT_LEN);
	const uint32_t sendmsg[3] = {to, at(&low->msg), 0};
	memcpy(low->args, sendmsg, sizeof(sendmsg));
	must(call32(NR32_SOCKETCALL, SOCKETCALL_SENDMSG, at(low->args), 0, 0, 0) == TEXT_LEN);
	for (int i = 0; i < 3; i++)
		message_init(&low->msgs[i].hdr, true);
	must(call32(NR32_SENDMMSG, to, at(low->msgs), 3, 0, 0) == 3);
	const uint32_t sendmmsg[4] = {to, at(low->msgs), 3, 0};
	memcpy(low->args, sendmmsg, sizeof(sendmmsg));
	must(call32(NR32_SOCKETCALL, SOCKETCALL_SENDMMSG, at(low->args), 0, 0, 0) == 3);
}

static void each_send_call_of_32_bits_is_captured(void **state) {
	struct watch *w = *state;
	char name[108];
	need_compat();
	watch_path(w, "log-socket", name);
	watch_run_to_socket(w, name, SOCK_DGRAM, send_to_socket, name);
	assert_lost_nothing(w);
	assert_taken_texts(w, 12);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_true(w->taken[i].datagram);
}

/* send() has four arguments, and what lies behind them may not be there. */
static void send_from_the_end_of_memory(const void *name) {
	low_init();
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	must(pages != MAP_FAILED);
	must(!munmap(pages + 4096, 4096));
	const uint32_t send[4] = {(uint32_t)must_connect(name, SOCK_DGRAM), at(low->text), TEXT_LEN, 0};
	memcpy(pages + 4096 - sizeof(send), send, sizeof(send));
	must(call32(NR32_SOCKETCALL, SOCKETCALL_SEND, at(pages + 4096 - sizeof(send)), 0, 0, 0) == TEXT_LEN);
}

static void arguments_of_socketcall_at_the_end_of_memory_are_read(void **state) {
	struct watch *w = *state;
	char name[108];
	need_compat();
	watch_path(w, "log-socket", name);
	watch_run_to_socket(w, name, SOCK_DGRAM, send_from_the_end_of_memory, name);
	assert_lost_nothing(w);
	assert_taken_texts(w, 1);
}

static void copy_in_kernel(const void *path) {
	low_init();
	int from = memfd_create("from", MFD_CLOEXEC);
	must(from >= 0);
	must_write(from, low->text, TEXT_LEN);
	must(!lseek(from, 0, SEEK_SET));
	int to = must_open(path, O_WRONLY | O_CREAT);
	must(call32(NR32_SENDFILE64, (uint32_t)to, (uint32_t)from, 0, TEXT_LEN, 0) == TEXT_LEN);
}

static void what_32_bits_copy_inside_the_kernel_is_counted_and_named(void **state) {
	struct watch *w = *state;
	char path[108];
	need_compat();
	watch_path(w, "a.log", path);
	watch_run(w, copy_in_kernel, path);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, TEXT_LEN);
	assert_int_equal(watch_blind(w, WIRE_BLIND_ZERO_COPY, path).bytes, TEXT_LEN);
}

/* A pipe born inside, as standard output, carries what processes tell each other. */
static void write_to_inner_pipe(const void *path) {
	low_init();
	(void)path;
	must(!call32(NR32_PIPE, at(low->fds), 0, 0, 0, 0));
	must_move_fd(low->fds[1], STDOUT_FILENO);
	must(call32(NR32_WRITE, STDOUT_FILENO, at(low->text), TEXT_LEN, 0, 0) == TEXT_LEN);
}

static void a_pipe_made_by_32_bits_is_known_as_inner(void **state) {
	struct watch *w = *state;
	need_compat();
	watch_run(w, write_to_inner_pipe, NULL);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_bytes, 0);
}

static void call_as_both(const void *path) {
	static char p[1 << 20]; /* as long as any pid may claim */
	low_init();
	low->iov[0] = (struct iovec32){at(low->text), sizeof(p)};
	int log = must_open_log(path);
	must_write(log, "first", 5);
	must(call32(NR32_GETPID, (uint32_t)log, at(low->iov), 1, 0, 0) == getpid());
	must_write(log, "last", 4);
}

static void calls_of_32_bits_are_not_mistaken_for_others(void **state) {
	struct watch *w = *state;
	char path[108];
	need_compat();
	watch_path(w, "a.log", path);
	watch_run(w, call_as_both, path);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 2);
	assert_taken_text(w, 0, "first");
	assert_taken_text(w, 1, "last");
}

/* A real one. */
struct program {
	char path[108], log[108];
};

static void program_make(const struct watch *w, struct program *ret) {
	char command[512];
	watch_path(w, "program32", ret->path);
	watch_path(w, "a.log", ret->log);
	snprintf(command, sizeof(command),
	         "gcc -m32 -nostdlib -static -fno-pie -no-pie -fno-stack-protector -O1 -o %s tests/kernel/program32.c",
	         ret->path);
	need_compat();
	if (system(command))
		skip_because("gcc makes no 32-bit programs here");
}

static void run_program(const void *arg) {
	const struct program *p = arg;
	execl(p->path, p->path, p->log, NULL);
	must(false);
}

static const char program_says[] = "by interrupt\nby vector\nby entry point\n";

static void assert_program_taken(const struct watch *w, size_t times) {
	size_t want = strlen(program_says), at = 0;
	assert_int_equal(w->bytes, times * want);
	for (size_t i = 0; i < w->taken_len; at += w->taken[i++].len)
		assert_memory_equal(w->taken[i].data, program_says + at % want, w->taken[i].len);
}

static void a_later_32_bit_program_is_seen_or_named(void **state) {
	struct watch *w = *state;
	struct program p;
	program_make(w, &p);
	watch_run(w, run_program, &p);
	assert_lost_nothing(w);
	if (w->hook == CAPTURE_HOOK_RAW) {
		assert_int_equal(w->blind.len, 0);
		assert_program_taken(w, 1);
	} else {
		assert_int_equal(watch_blind(w, WIRE_BLIND_COMPAT, p.path).events, 1);
	}
}

/* Runs the program, and again once the watch has dealt with the first. */
static void run_program_twice(const void *arg) {
	const struct program *p = arg;
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid)
			run_program(p);
		must_exit_0(pid);
		if (!i)
			writer_pause();
	}
	int log = must_open_log(p->log);
	must_write(log, "by 64 bits\n", 11);
}

static void from_the_first_32_bit_program_on_all_are_seen_and_once(void **state) {
	struct watch *w = *state;
	struct program p;
	program_make(w, &p);
	struct writer writer = writer_start(run_program_twice, &p);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_dispatch(w);
	size_t first = w->taken_len;
	uint64_t first_bytes = w->bytes;
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
	assert_lost_nothing(w);
	assert_int_equal(w->bytes - first_bytes, strlen(program_says) + 11);
	assert_taken_text(w, w->taken_len - 1, "by 64 bits\n");
	assert_true(w->taken_len - first >= 4);
	assert_int_equal(watch_blind(w, WIRE_BLIND_COMPAT, NULL).events, w->hook == CAPTURE_HOOK_RAW ? 0 : 1);
}

/* Opening its log, a pipe, it waits for somebody who reads there: it runs when the watch begins. */
static void a_32_bit_program_that_runs_already_is_seen(void **state) {
	struct watch *w = *state;
	struct program p;
	char said[200];
	program_make(w, &p);
	assert_return_code(mkfifo(p.log, 0600), errno);
	fflush(NULL);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(p.path, p.path, p.log, "on", NULL); /* waits for a reader of the log */
		_exit(99);
	}
	char path[64], exe[108] = "";
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	for (uint64_t start = clock_monotonic_ns(); strcmp(exe, p.path);) {
		ssize_t n = readlink(path, exe, sizeof(exe) - 1);
		exe[n > 0 ? n : 0] = 0;
		assert_true(clock_monotonic_ns() - start < PATIENCE_NS);
	}
	watch_open_sink(w, p.log);
	watch_process(w, pid);
	int out = open(p.log, O_RDONLY | O_CLOEXEC);
	assert_return_code(out, errno);
	size_t len = 0;
	for (ssize_t n; (n = read(out, said + len, sizeof(said) - len)) > 0; len += (size_t)n)
		;
	close(out);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	watch_finish(w);
	assert_lost_nothing(w);
	assert_int_equal(w->blind.len, 0);
	assert_int_equal(w->bytes, strlen(program_says) + 2);
	assert_int_equal(len, strlen(program_says) + 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(calls_of_32_bits_are_not_mistaken_for_others),
	    ONE_HOOK(each_write_call_of_32_bits_is_captured, "raw", CAPTURE_HOOK_RAW),
	    ONE_HOOK(large_writes_of_32_bits_come_whole, "raw", CAPTURE_HOOK_RAW),
	    ONE_HOOK(each_send_call_of_32_bits_is_captured, "raw", CAPTURE_HOOK_RAW),
	    ONE_HOOK(arguments_of_socketcall_at_the_end_of_memory_are_read, "raw", CAPTURE_HOOK_RAW),
	    ONE_HOOK(what_32_bits_copy_inside_the_kernel_is_counted_and_named, "raw", CAPTURE_HOOK_RAW),
	    ONE_HOOK(a_pipe_made_by_32_bits_is_known_as_inner, "raw", CAPTURE_HOOK_RAW),
	    BOTH_HOOKS(a_later_32_bit_program_is_seen_or_named),
	    BOTH_HOOKS(from_the_first_32_bit_program_on_all_are_seen_and_once),
	    BOTH_HOOKS(a_32_bit_program_that_runs_already_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void) {
	puts("SKIP: for x86-64 only");
	return 77;
}
#endif
