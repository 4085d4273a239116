/* SPDX-License-Identifier: MIT */
/* A process that has given up its rights tries what it must not be able to do. */
#include "app/privileges.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int opens(const char *path, int flags) {
	_cleanup_close_ int fd = open(path, flags | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

static int result(long r) {
	return r < 0 ? -errno : 0;
}

static int read_of_root(void) {
	return opens("/etc/shadow", O_RDONLY);
}
static int read_elsewhere(void) {
	return opens("/var/lib/dpkg/status", O_RDONLY);
}
static int write_anywhere(void) {
	return opens("/tmp/logspill-test-of-privileges", O_WRONLY | O_CREAT);
}
static int execute(void) {
	return result(execl("/bin/true", "true", NULL));
}
static int make_process(void) {
	pid_t pid = fork();
	if (!pid)
		_exit(0);
	return result(pid);
}
static int trace(void) {
	return result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
static int read_memory(void) {
	char byte;
	const struct iovec mine = {&byte, 1}, theirs = {(void *)&opens, 1};
	return result(process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0));
}
static int signal_others(void) {
	return result(kill(getppid(), 0)); /* SIGCONT may go to whoever is of the same session */
}
static int become_root(void) {
	return result(syscall(SYS_setuid, 0));
}
static int mount_something(void) {
	return result(mount("none", "/mnt", "tmpfs", 0, NULL));
}
static int own_namespace(void) {
	return result(unshare(CLONE_NEWUSER));
}
static int load_program(void) {
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER};
	return result(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}
static int raw_socket(void) {
	return result(socket(AF_PACKET, SOCK_RAW, 0));
}
static int write_code_to_kernel(void) {
	return result(syscall(SYS_init_module, NULL, 0, ""));
}
static int look_at_processes(void) {
	char path[64], target[64];
	snprintf(path, sizeof(path), "/proc/%d/exe", getppid());
	return result(readlink(path, target, sizeof(target)));
}
static int read_configuration(void) {
	return opens("/etc/hostname", O_RDONLY);
}
static int write_state(void) {
	return opens("state", O_WRONLY | O_CREAT);
}
static int lock_memory(void) {
	return result(syscall(SYS_mlock, &opens, 1));
}

/* Since Linux 5.13, if it is switched on; without, files are what a user may read and write. */
static bool has_landlock(void) {
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static const struct attempt {
	const char *what;
	int (*try)(void);
	bool naming, reading; /* may it, with what is kept? With descriptors alone it may do none of these */
	enum { NEVER, ALWAYS, WITHOUT_LANDLOCK } none;
} attempts[] = {
    {"read what is root's", read_of_root, true, true, NEVER}, /* CAP_DAC_READ_SEARCH is what naming is */
    {"read outside of what it needs", read_elsewhere, true, true, WITHOUT_LANDLOCK},
    {"write elsewhere", write_anywhere, true, false, WITHOUT_LANDLOCK},
    {"execute a program", execute, false, false, NEVER},
    {"make a process", make_process, false, true, NEVER},
    {"trace a process", trace, false, false, NEVER},
    {"read the memory of a process", read_memory, false, false, NEVER},
    {"signal a process of another user", signal_others, false, false, NEVER},
    {"become root", become_root, false, false, NEVER},
    {"mount", mount_something, false, false, NEVER},
    {"make a namespace", own_namespace, false, false, NEVER},
    {"load a BPF program", load_program, false, false, NEVER},
    {"open a packet socket", raw_socket, false, false, NEVER},
    {"load a module", write_code_to_kernel, false, false, NEVER},
    {"see what a process of root executes", look_at_processes, true, true, NEVER},
    {"read its configuration", read_configuration, true, true, ALWAYS},
    {"write its state", write_state, true, false, ALWAYS},
    {"lock memory", lock_memory, true, false, ALWAYS},
};
#define ATTEMPTS (sizeof(attempts) / sizeof(*attempts))

static bool may_try(const struct attempt *a, enum privileges_keep keep) {
	if (keep == PRIVILEGES_KEEP_NAMING)
		return a->naming;
	if (keep == PRIVILEGES_KEEP_READING)
		return a->reading;
	if (keep == PRIVILEGES_KEEP_CHILDREN)
		return a->try == make_process;
	return keep == PRIVILEGES_KEEP_NONE && (a->none == ALWAYS || (a->none == WITHOUT_LANDLOCK && !has_landlock()));
}

struct outcome {
	int dropped; /* 0, or why not */
	int errors[ATTEMPTS];
	int dumpable, no_new_privs, seccomp, core;
	uid_t uid;
};

static void try_all(struct outcome *out, enum privileges_keep keep, const char *dir) {
	struct diags diags = {0};
	struct rlimit core;
	const char *const read[] = {"/etc/hostname", "/proc", "/usr", "/lib", "/lib64", NULL};
	const char *const write[] = {dir, NULL}, *const own[] = {dir, NULL};
	const struct privileges_options options = {
	    .keep = keep, .user = "nobody", .own = own, .read = read, .write = write};
	out->dropped = chdir(dir) ? -errno : privileges_drop(&options, &diags);
	if (out->dropped) {
		diags_print(&diags, stderr);
		_exit(1);
	}
	for (size_t i = 0; i < ATTEMPTS; i++)
		out->errors[i] = attempts[i].try();
	if (keep >= PRIVILEGES_KEEP_DESCRIPTORS) /* nor may it ask what it is */
		_exit(0);
	out->uid = getuid();
	out->dumpable = prctl(PR_GET_DUMPABLE);
	out->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	out->seccomp = prctl(PR_GET_SECCOMP);
	out->core = getrlimit(RLIMIT_CORE, &core) ? -1 : (int)core.rlim_max;
	_exit(0);
}

static void try_without_rights(enum privileges_keep keep) {
	char dir[] = "/tmp/test_privileges.XXXXXX";
	int status;
	if (geteuid()) {
		print_message("SKIP: only root has rights to give up\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	struct outcome *out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(out, MAP_FAILED);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (!pid)
		try_all(out, keep, dir);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	unlink("/tmp/logspill-test-of-privileges");
	char state[64];
	snprintf(state, sizeof(state), "%s/state", dir);
	unlink(state);
	rmdir(dir);
	assert_int_equal(status, 0);
	assert_int_equal(out->dropped, 0);
	for (size_t i = 0; i < ATTEMPTS; i++) {
		bool may = may_try(&attempts[i], keep);
		print_message("%-38s %s\n", attempts[i].what, out->errors[i] ? strerror(-out->errors[i]) : "may");
		assert_int_equal(!out->errors[i], may);
	}
	if (keep < PRIVILEGES_KEEP_DESCRIPTORS) {
		assert_int_equal(out->uid, getpwnam("nobody")->pw_uid);
		assert_int_equal(out->dumpable, 0);
		assert_int_equal(out->no_new_privs, 1);
		assert_int_equal(out->seccomp, 2);
		assert_int_equal(out->core, 0);
	}
	munmap(out, sizeof(*out));
}

static void with_the_rights_to_name_processes_it_can_only_read(void **state) {
	(void)state;
	try_without_rights(PRIVILEGES_KEEP_NAMING);
}

static void without_any_right_it_can_do_what_it_needs_alone(void **state) {
	(void)state;
	try_without_rights(PRIVILEGES_KEEP_NONE);
}

static void a_reader_of_programs_writes_nothing(void **state) {
	(void)state;
	try_without_rights(PRIVILEGES_KEEP_READING);
}

static void a_helper_can_use_what_is_open_and_nothing_else(void **state) {
	(void)state;
	try_without_rights(PRIVILEGES_KEEP_DESCRIPTORS);
}

static void a_helper_with_children_can_make_them_and_nothing_else(void **state) {
	(void)state;
	try_without_rights(PRIVILEGES_KEEP_CHILDREN);
}

static void an_unknown_user_is_refused(void **state) {
	(void)state;
	int status;
	pid_t pid = fork();
	if (!pid) {
		struct diags diags = {0};
		const struct privileges_options options = {.user = "no-such-user-here"};
		_exit(geteuid() || privileges_drop(&options, &diags) == -EINVAL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(with_the_rights_to_name_processes_it_can_only_read),
	    cmocka_unit_test(without_any_right_it_can_do_what_it_needs_alone),
	    cmocka_unit_test(a_reader_of_programs_writes_nothing),
	    cmocka_unit_test(a_helper_can_use_what_is_open_and_nothing_else),
	    cmocka_unit_test(a_helper_with_children_can_make_them_and_nothing_else),
	    cmocka_unit_test(an_unknown_user_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
