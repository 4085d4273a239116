/* SPDX-License-Identifier: MIT */
/* Stacks of a real process: this program, forked, deep in functions whose names and lines are known. */
#include "origin/origin.h"

#include "app/privileges.h"
#include "base/clock.h"
#include "origin/perf_map.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MUTATIONS 100

static volatile int depth;

static inline __attribute__((always_inline)) void stop_inlined(void) {
	raise(SIGSTOP);
	depth++;
}

__attribute__((noinline)) static void leak_inner(int n) {
	stop_inlined();
	depth += n;
}

__attribute__((noinline)) static void leak_outer(int n) {
	char room[200];
	memset(room, n, sizeof(room));
	leak_inner(room[n]);
	depth += room[n + 1];
}

__attribute__((noinline)) static void leak_deep(int n) {
	if (n < 60)
		leak_deep(n + 1);
	else
		stop_inlined();
	depth += n;
}

__attribute__((noinline)) static void leak_deeply(int n) {
	leak_deep(n);
	depth++;
}

struct fixture {
	struct symbolizer *symbolizer;
	pid_t child;
};

static void child_start(struct fixture *x, void (*fn)(int)) {
	int status;
	x->child = fork();
	if (x->child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		fn(7);
		_exit(0);
	}
	assert_true(x->child > 0);
	assert_int_equal(waitpid(x->child, &status, 0), x->child);
	assert_true(WIFSTOPPED(status));
}

static void child_end(struct fixture *x) {
	if (x->child > 0) {
		kill(x->child, SIGKILL);
		waitpid(x->child, NULL, 0);
	}
	x->child = 0;
}

static int setup(void **state) {
	struct fixture *x = calloc(1, sizeof(*x));
	*state = x;
	return symbolizer_open(&x->symbolizer, privileges_confine_reader);
}

static int teardown(void **state) {
	struct fixture *x = *state;
	child_end(x);
	symbolizer_close(x->symbolizer);
	free(x);
	return 0;
}

/* As the kernel side tells it. */
static struct process_id id_of(pid_t pid) {
	struct process_id id = {.pid = pid, .uid = geteuid()};
	char path[32], text[1024] = "";
	unsigned long long fields[51] = {0};
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	char *field = strtok(strrchr(text, ')') + 1, " ");
	for (int i = 3; field && i < 51; i++, field = strtok(NULL, " "))
		fields[i] = strtoull(field, NULL, 10);
	id.start_ns = fields[22] * 1000000000 / (unsigned long long)sysconf(_SC_CLK_TCK);
	id.image = (struct wire_image){fields[26], fields[27], fields[28]};
	return id;
}

#if defined(__x86_64__)
static void take_stack(pid_t pid, struct origin_stack *ret) {
	struct user_regs_struct r;
	assert_int_equal(ptrace(PTRACE_GETREGS, pid, NULL, &r), 0);
	const uint64_t registers[ORIGIN_REGISTERS] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
	                                              r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
	*ret = (struct origin_stack){.process = id_of(pid), .tid = pid, .thread = "worker", .from = r.rsp};
	memcpy(ret->registers, registers, sizeof(registers));
	for (size_t len = sizeof(ret->bytes); len && !ret->len; len -= 1024) {
		ssize_t n =
		    process_vm_readv(pid, &(struct iovec){ret->bytes, len}, 1, &(struct iovec){(void *)r.rsp, len}, 1, 0);
		ret->len = n > 0 ? (uint32_t)n : 0;
	}
	assert_true(ret->len > 1024);
}

static int ask_with(struct fixture *x, const struct origin_stack *stack, const struct buf *maps, struct origin *ret) {
	int r;
	assert_int_equal(symbolizer_ask(x->symbolizer, stack, maps), 0);
	assert_int_equal(symbolizer_ask(x->symbolizer, stack, maps), -EBUSY);
	do
		assert_true(poll(&(struct pollfd){.fd = symbolizer_fd(x->symbolizer), .events = POLLIN}, 1, 60000) == 1);
	while (!(r = symbolizer_answer(x->symbolizer, ret)));
	return r;
}

static int ask(struct fixture *x, const struct origin_stack *stack, struct origin *ret) {
	struct buf maps = {0};
	assert_int_equal(origin_read_maps(&stack->process, &maps), 0);
	int r = ask_with(x, stack, &maps, ret);
	buf_release(&maps);
	return r;
}

static bool has_frame(const struct origin *o, const char *begin, const char *end) {
	for (uint32_t i = 0; i < o->frames_len; i++) {
		const char *text = o->frames[i].text;
		size_t len = strlen(text), n = strlen(end);
		if (!strncmp(text, begin, strlen(begin)) && len >= n && o->frames[i].code != CODE_LIBRARY &&
		    (!n || strstr(text + strlen(begin), end)))
			return true;
	}
	return false;
}

static void functions_are_named_with_their_lines(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	child_start(x, leak_outer);
	take_stack(x->child, &stack);
	assert_int_equal(ask(x, &stack, &origin), 1);
	assert_true(has_frame(&origin, "leak_inner+0x", " test_origin.c:"));
	assert_true(has_frame(&origin, "stop_inlined (inlined)", " test_origin.c:"));
	assert_true(has_frame(&origin, "leak_outer+0x", " test_origin.c:"));
	assert_int_equal(origin.frames[0].code, CODE_LIBRARY);
	assert_string_equal(origin.runtime, "");
	assert_string_equal(origin.thread, "worker");
	assert_false(origin.incomplete);
}

static void a_function_that_calls_itself_is_told_once(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	size_t told = 0;
	child_start(x, leak_deeply);
	take_stack(x->child, &stack);
	assert_int_equal(ask(x, &stack, &origin), 1);
	for (uint32_t i = 0; i < origin.frames_len; i++)
		told += !strncmp(origin.frames[i].text, "leak_deep+", strlen("leak_deep+"));
	assert_in_range(told, 1, 2); /* where it calls itself, and where it stops */
	assert_true(has_frame(&origin, "leak_deeply+0x", ""));
}

static void a_process_that_has_gone_leaves_addresses(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	char address[32];
	child_start(x, leak_outer);
	take_stack(x->child, &stack);
	child_end(x);
	assert_int_equal(ask(x, &stack, &origin), 1);
	snprintf(address, sizeof(address), "0x%lx", stack.registers[ORIGIN_REGISTERS - 1]);
	assert_string_equal(origin.frames[0].text, address);
	assert_string_equal(origin.thread, "worker");
	assert_true(origin.incomplete);
}

/* Nonsense in registers and stack, over and over: an answer each time, and the worker lives. */
static void any_stack_gets_an_answer(void **state) {
	struct fixture *x = *state;
	struct origin_stack good, stack;
	struct origin origin;
	unsigned seed = 20261122;
	child_start(x, leak_outer);
	take_stack(x->child, &good);
	for (int i = 0; i < 20; i++) {
		stack = good;
		for (int k = 0; k < 200; k++)
			stack.bytes[(unsigned)rand_r(&seed) % stack.len] = (uint8_t)rand_r(&seed);
		if (i % 3 == 1)
			stack.registers[ORIGIN_REGISTERS - 1] = (uint64_t)rand_r(&seed) << 20;
		if (i % 3 == 2)
			stack.len = (uint32_t)rand_r(&seed) % 64;
		int r = ask(x, &stack, &origin);
		assert_true(r == 1 || r == -EIO || r == -ETIMEDOUT);
	}
	assert_int_equal(ask(x, &good, &origin), 1);
	assert_true(has_frame(&origin, "leak_outer+0x", ""));
}

#define PROGRAM                                                                                                        \
	"#include <signal.h>\n"                                                                                            \
	"#include <unistd.h>\n"                                                                                            \
	"volatile int n;\n"                                                                                                \
	"__attribute__((noinline)) void leak_small(int i) { raise(SIGSTOP); n += i; }\n"                                   \
	"int main(int argc, char **argv) { leak_small(1); if (argc > 1) execv(argv[1], argv + 1); return n; }\n"

/* A program with debug information, of a few KiB. */
static void build_program_with(const char *dir, const char *name, const char *flags, char ret_path[64]) {
	char command[256];
	snprintf(ret_path, 64, "%s/%s", dir, name);
	snprintf(command, sizeof(command), "cc -g -O1 %s -x c -o %s - 2>%s/errors", flags, ret_path, dir);
	FILE *compiler = popen(command, "w");
	assert_non_null(compiler);
	fputs(PROGRAM, compiler);
	if (pclose(compiler)) {
		printf("SKIP: there is no C compiler\n");
		skip();
	}
}

static void build_program(const char *dir, char ret_path[64]) {
	build_program_with(dir, "small", "", ret_path);
}

static void become_program(int unused) {
	(void)unused;
	execl(getenv("TEST_PROGRAM"), "small", NULL);
}

/* Then another one, whose code lies at the same addresses. */
static void become_two_programs(int unused) {
	(void)unused;
	personality(ADDR_NO_RANDOMIZE);
	execl(getenv("TEST_PROGRAM"), "a name that takes more room than the next one's", getenv("TEST_NEXT"), NULL);
}

static void remove_folder(const char *dir) {
	char command[96];
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void child_go_on(struct fixture *x, int until) {
	int status;
	assert_int_equal(ptrace(PTRACE_CONT, x->child, NULL, NULL), 0);
	assert_int_equal(waitpid(x->child, &status, 0), x->child);
	assert_true(WIFSTOPPED(status) && WSTOPSIG(status) == until);
}

/* The program, stopped in leak_small(); its stack and modules; then it is gone. */
static void visit_program(struct fixture *x, const char *path, struct origin_stack *stack, struct buf *maps) {
	setenv("TEST_PROGRAM", path, 1);
	child_start(x, become_program); /* stopped at exec */
	child_go_on(x, SIGSTOP);
	take_stack(x->child, stack);
	assert_int_equal(origin_read_maps(&stack->process, maps), 0);
	child_end(x);
}

static void a_file_that_has_gone_with_its_process_leaves_its_name(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	struct buf maps = {0};
	char dir[] = "/tmp/origin-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	build_program(dir, path);
	visit_program(x, path, &stack, &maps);
	assert_int_equal(ask_with(x, &stack, &maps, &origin), 1);
	assert_true(has_frame(&origin, "leak_small+0x", ""));
	assert_false(origin.incomplete);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ask_with(x, &stack, &maps, &origin), 1);
	assert_true(has_frame(&origin, "small+0x", ""));
	assert_true(origin.incomplete);
	remove_folder(dir);
	buf_release(&maps);
}

static void a_program_is_not_taken_for_the_one_before_it(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	struct buf maps = {0};
	char dir[] = "/tmp/origin-XXXXXX", path[64], next[64];
	assert_non_null(mkdtemp(dir));
	build_program_with(dir, "small", "", path);
	build_program_with(dir, "other", "-Dleak_small=innocent", next);
	setenv("TEST_PROGRAM", path, 1);
	setenv("TEST_NEXT", next, 1);
	child_start(x, become_two_programs);
	child_go_on(x, SIGSTOP);
	take_stack(x->child, &stack);
	assert_int_equal(origin_read_maps(&stack.process, &maps), 0);
	assert_int_equal(ask(x, &stack, &origin), 1);
	assert_true(has_frame(&origin, "leak_small+0x", ""));
	child_go_on(x, SIGTRAP);
	child_go_on(x, SIGSTOP);
	assert_int_equal(ask(x, &stack, &origin), 1);
	assert_true(has_frame(&origin, "0x", ""));
	assert_false(has_frame(&origin, "innocent+0x", "") || has_frame(&origin, "main+0x", ""));
	assert_true(origin.incomplete);
	stack.process.image = id_of(x->child).image; /* as programs of one size have it */
	snprintf(stack.process.program, sizeof(stack.process.program), "small");
	assert_int_equal(ask(x, &stack, &origin), 1);
	assert_true(has_frame(&origin, "0x", ""));
	snprintf(stack.process.program, sizeof(stack.process.program), "other");
	assert_int_equal(ask(x, &stack, &origin), 1);
	assert_true(has_frame(&origin, "innocent+0x", ""));
	snprintf(stack.process.program, sizeof(stack.process.program), "small");
	assert_int_equal(ask_with(x, &stack, &maps, &origin), 1);
	assert_true(has_frame(&origin, "leak_small+0x", ""));
	assert_false(has_frame(&origin, "innocent+0x", ""));
	remove_folder(dir);
	buf_release(&maps);
}

static void read_program(const char *path, struct buf *ret) {
	char part[4096];
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	for (size_t n; (n = fread(part, 1, sizeof(part), f));)
		assert_int_equal(buf_append(ret, part, n), 0);
	fclose(f);
}

/* In place: it is the file that was mapped, as far as anybody can tell. */
static void write_program(const char *path, const char *bytes, size_t len) {
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
	close(fd);
}

/* A few bytes anywhere, more in what the headers and tables begin with; sometimes the rest is missing. */
static size_t damage(char *bytes, size_t len, unsigned *seed) {
	size_t places = (size_t)rand_r(seed) % 64 + 1, reach = rand_r(seed) % 4 ? len : 4096;
	for (size_t i = 0; i < places; i++)
		bytes[16 + (size_t)rand_r(seed) % (reach - 16)] = (char)(rand_r(seed) % 2 ? rand_r(seed) : 0xff);
	return rand_r(seed) % 8 ? len : (size_t)rand_r(seed) % len;
}

/* The file says nonsense about itself: names may be missing or wrong, an answer comes in time, and the worker lives. */
static void corrupt_programs_cost_names_only(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	struct buf maps = {0}, program = {0}, copy = {0};
	char dir[] = "/tmp/origin-XXXXXX", path[64];
	unsigned seed = 20261122;
	int answers = 0;
	assert_non_null(mkdtemp(dir));
	build_program(dir, path);
	visit_program(x, path, &stack, &maps);
	read_program(path, &program);
	assert_int_equal(ask_with(x, &stack, &maps, &origin), 1);
	assert_true(has_frame(&origin, "leak_small+0x", ""));
	for (int i = 0; i < MUTATIONS; i++) {
		copy.len = 0;
		assert_int_equal(buf_append(&copy, program.data, program.len), 0);
		write_program(path, copy.data, damage(copy.data, copy.len, &seed));
		int r = ask_with(x, &stack, &maps, &origin);
		assert_true(r == 1 || r == -EIO || r == -ETIMEDOUT);
		assert_true(r != 1 || origin.frames_len);
		answers += r == 1;
	}
	assert_true(answers > MUTATIONS / 2);
	write_program(path, program.data, program.len);
	assert_int_equal(ask_with(x, &stack, &maps, &origin), 1);
	assert_true(has_frame(&origin, "leak_small+0x", ""));
	remove_folder(dir);
	buf_release(&maps);
	buf_release(&program);
	buf_release(&copy);
}

static void (*jitted)(void (*fn)(int), int);

static void call_jitted(int n) {
	jitted(leak_inner, n);
}

/* push rbp; mov rbp, rsp; mov rax, rdi; mov edi, esi; call rax; pop rbp; ret */
static const unsigned char machine_code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8,
                                             0x89, 0xf7, 0xff, 0xd0, 0x5d, 0xc3};

static void code_of_a_jit_is_named_by_its_perf_map(void **state) {
	struct fixture *x = *state;
	struct origin_stack stack;
	struct origin origin = {0};
	char path[64], text[128];
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(code != MAP_FAILED);
	memcpy(code, machine_code, sizeof(machine_code));
	memcpy(&jitted, &code, sizeof(jitted));
	child_start(x, call_jitted);
	take_stack(x->child, &stack);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", x->child);
	snprintf(text, sizeof(text), "%lx 4 wrong\n0x%016lx 0xd LShop;::signup(int)\nhalf a li", (unsigned long)code + 64,
	         (unsigned long)code);
	unlink(path); /* an earlier process's of that number */
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	int r = ask(x, &stack, &origin);
	unlink(path);
	assert_int_equal(r, 1);
	assert_true(has_frame(&origin, "LShop;::signup(int)+0xb", ""));
	munmap(code, 4096);
}
#endif

static int open_map(struct fixture *x, struct perf_map **ret) {
	struct process_id process = id_of(x->child);
	int folder = process_id_open(&process);
	assert_true(folder >= 0);
	int r = perf_map_open(ret, &process, folder);
	close(folder);
	return r;
}

/* As if it had been written ms before the child began. */
static int open_map_written_before_start(struct fixture *x, int fd, unsigned ms, struct perf_map **ret) {
	uint64_t age_ns = clock_boottime_ns() - id_of(x->child).start_ns;
	uint64_t written_ns = clock_realtime_ns() - age_ns - ms * 1000000ull;
	const struct timespec at = {(time_t)(written_ns / 1000000000), (long)(written_ns % 1000000000)};
	assert_int_equal(futimens(fd, (const struct timespec[2]){at, at}), 0);
	return open_map(x, ret);
}

static void a_perf_map_that_is_no_plain_file_of_the_process_is_not_read(void **state) {
	struct fixture *x = *state;
	struct perf_map *map = NULL, *at_start = NULL, *stale;
	char path[64];
	child_start(x, leak_outer);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", x->child);
	unlink(path); /* an earlier process's of that number */
	assert_int_equal(open_map(x, &map), -ENOENT);
	assert_int_equal(symlink("/proc/self/maps", path), 0);
	int link = open_map(x, &map);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	int fifo = open_map(x, &map);
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(ftruncate(fd, 1l << 32), 0);
	int chowned = geteuid() ? -1 : fchown(fd, 65534, 65534);
	int others = chowned ? -EPERM : open_map(x, &map);
	int given_back = chowned ? 0 : fchown(fd, 0, 0);
	int huge = open_map(x, &map);
	int within_tick = open_map_written_before_start(x, fd, 10, &at_start);
	int older = open_map_written_before_start(x, fd, 500, &stale);
	close(fd);
	unlink(path);
	assert_int_equal(given_back, 0);
	assert_int_equal(link, -ELOOP);
	assert_int_equal(fifo, -EPERM);
	assert_int_equal(others, -EPERM);
	assert_int_equal(huge, 0);
	assert_int_equal(within_tick, 0);
	assert_int_equal(older, -ESTALE);
	perf_map_close(at_start);
	perf_map_close(map);
}

static void what_is_of_the_runtime_is_told_from_the_program(void **state) {
	static const struct {
		const char *name;
		bool library;
	} cases[] = {{"Interpreter", true},
	             {"StubRoutines (1)", true},
	             {"void java.io.FileOutputStream.writeBytes(byte[], int, int, boolean)", true},
	             {"com.sun.net.httpserver.Headers com.sun.net.httpserver.HttpExchange.getRequestHeaders()", true},
	             {"Ljava/lang/Thread;::run", true},
	             {"LazyCompile:*writeSync node:fs:870", true},
	             {"void Shop$Checkout.pay(java.lang.String)", false},
	             {"java.lang.String javafx2.Shop.name()", false},
	             {"LShop;::signup(int)", false},
	             {"LazyCompile:~logSignup /srv/shop/leak.js:4", false},
	             {"", false}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(perf_map_is_library(cases[i].name, strlen(cases[i].name)), cases[i].library);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#if defined(__x86_64__)
		cmocka_unit_test_setup_teardown(functions_are_named_with_their_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(a_function_that_calls_itself_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_process_that_has_gone_leaves_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_has_gone_with_its_process_leaves_its_name, setup, teardown),
		cmocka_unit_test_setup_teardown(a_program_is_not_taken_for_the_one_before_it, setup, teardown),
		cmocka_unit_test_setup_teardown(any_stack_gets_an_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(corrupt_programs_cost_names_only, setup, teardown),
		cmocka_unit_test_setup_teardown(code_of_a_jit_is_named_by_its_perf_map, setup, teardown),
#endif
		cmocka_unit_test(what_is_of_the_runtime_is_told_from_the_program),
		cmocka_unit_test_setup_teardown(a_perf_map_that_is_no_plain_file_of_the_process_is_not_read, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
