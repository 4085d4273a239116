/* SPDX-License-Identifier: MIT */
#include "app/privileges_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/socket.h>

/* Of an agent that watches, keeps a store, reads its files again, and talks to servers. What is not named fails with
 * EPERM, so that a library finds another way or says what it misses. */
static const int allowed[] = {
    /* files */
    SCMP_SYS(access),
    SCMP_SYS(chmod),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fallocate),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(fchown),
    SCMP_SYS(fcntl),
    SCMP_SYS(fdatasync),
    SCMP_SYS(flock),
    SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fsync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),
    SCMP_SYS(ioctl),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(lseek),
    SCMP_SYS(lstat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(read),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(readv),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(rmdir),
    SCMP_SYS(stat),
    SCMP_SYS(statfs),
    SCMP_SYS(statx),
    SCMP_SYS(umask),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(utimensat),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),
    SCMP_SYS(mlock),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(msync),
    SCMP_SYS(munlock),
    SCMP_SYS(munmap),
    /* waiting */
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(inotify_add_watch),
    SCMP_SYS(inotify_init1),
    SCMP_SYS(inotify_rm_watch),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pselect6),
    SCMP_SYS(select),
    SCMP_SYS(signalfd4),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(timerfd_settime),
    /* sockets: which, see below */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(listen),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(setsockopt),
    SCMP_SYS(shutdown),
    SCMP_SYS(socketpair),
    /* threads, and the end of our own children */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_yield),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(tgkill),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    /* signals */
    SCMP_SYS(kill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    /* what it is told about itself and the machine */
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getcpu),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getresgid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getuid),
    SCMP_SYS(nanosleep),
    SCMP_SYS(prctl),
    SCMP_SYS(prlimit64),
    SCMP_SYS(sysinfo),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(uname),
};

static const int families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

/* On maps and programs that are there already; the descriptors of those that it loaded are all it has. */
static const int bpf_commands[] = {
    BPF_MAP_LOOKUP_ELEM,  BPF_MAP_UPDATE_ELEM,    BPF_MAP_DELETE_ELEM,
    BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD, BPF_MAP_LOOKUP_BATCH,
    BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH,   BPF_MAP_LOOKUP_AND_DELETE_ELEM,
};

/* A call that this architecture does not have is no loss. */
static int allow(scmp_filter_ctx filter, int call) {
	int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	return r == -EDOM || r == -EFAULT ? 0 : r;
}

static int add_rules(scmp_filter_ctx filter) {
	int r = 0;
	for (size_t i = 0; !r && i < sizeof(allowed) / sizeof(*allowed); i++)
		r = allow(filter, allowed[i]);
	for (size_t i = 0; !r && i < sizeof(families) / sizeof(*families); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (unsigned)families[i]));
	for (size_t i = 0; !r && i < sizeof(bpf_commands) / sizeof(*bpf_commands); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, (unsigned)bpf_commands[i]));
	/* Threads only. What clone3() is asked for lies in memory, where no filter sees it: glibc takes clone() then. */
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
		                     SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	return r ? r : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* Of the process that writes probe records. */
static const int allowed_helper[] = {
    SCMP_SYS(read),       SCMP_SYS(write),        SCMP_SYS(lseek),           SCMP_SYS(ftruncate),
    SCMP_SYS(recvfrom),   SCMP_SYS(sendto),       SCMP_SYS(close),           SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
};

static int add_helper_rules(scmp_filter_ctx filter) {
	int r = 0;
	for (size_t i = 0; !r && i < sizeof(allowed_helper) / sizeof(*allowed_helper); i++)
		r = allow(filter, allowed_helper[i]);
	return r;
}

/* Of one that makes children beside, each with a pipe, limits and memory of its own. */
static const int allowed_children[] = {
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(getrusage),
    SCMP_SYS(gettid),
    SCMP_SYS(madvise),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(pipe2),
    SCMP_SYS(prctl),
    SCMP_SYS(prlimit64),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(tgkill),
    SCMP_SYS(wait4),
};

static int add_children_rules(scmp_filter_ctx filter) {
	int r = add_helper_rules(filter);
	for (size_t i = 0; !r && i < sizeof(allowed_children) / sizeof(*allowed_children); i++)
		r = allow(filter, allowed_children[i]);
	/* As fork(3) calls it: no namespaces. */
	return r ? r
	         : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	                            SCMP_A0(SCMP_CMP_MASKED_EQ, ~(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CSIGNAL), 0));
}

/* Of the process that reads the programs of others, and of those that it makes for each of them. */
static const int allowed_reader[] = {
    SCMP_SYS(access),        SCMP_SYS(alarm),           SCMP_SYS(brk),
    SCMP_SYS(clock_gettime), SCMP_SYS(close),           SCMP_SYS(dup),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),      SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),    SCMP_SYS(fcntl),           SCMP_SYS(fstat),
    SCMP_SYS(futex),         SCMP_SYS(getcwd),          SCMP_SYS(getdents64),
    SCMP_SYS(getegid),       SCMP_SYS(geteuid),         SCMP_SYS(getgid),
    SCMP_SYS(getpid),        SCMP_SYS(getppid),         SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),     SCMP_SYS(gettid),          SCMP_SYS(getuid),
    SCMP_SYS(lseek),         SCMP_SYS(lstat),           SCMP_SYS(madvise),
    SCMP_SYS(mmap),          SCMP_SYS(mprotect),        SCMP_SYS(mremap),
    SCMP_SYS(munmap),        SCMP_SYS(newfstatat),      SCMP_SYS(pidfd_open),
    SCMP_SYS(poll),          SCMP_SYS(ppoll),           SCMP_SYS(prctl),
    SCMP_SYS(pread64),       SCMP_SYS(prlimit64),       SCMP_SYS(read),
    SCMP_SYS(readlink),      SCMP_SYS(readlinkat),      SCMP_SYS(readv),
    SCMP_SYS(recvfrom),      SCMP_SYS(restart_syscall), SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sendto),        SCMP_SYS(set_robust_list), SCMP_SYS(setitimer),
    SCMP_SYS(setrlimit),     SCMP_SYS(sigaltstack),     SCMP_SYS(stat),
    SCMP_SYS(statx),         SCMP_SYS(sysinfo),         SCMP_SYS(uname),
    SCMP_SYS(wait4),         SCMP_SYS(waitid),
};

/* With CAP_SYS_PTRACE the memory of others is a file, too: it may not be opened to be written. */
static int add_reader_rules(scmp_filter_ctx filter) {
	const scmp_datum_t writes = O_ACCMODE | O_CREAT | O_TRUNC;
	const scmp_datum_t spaces =
	    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	int r = 0;
	for (size_t i = 0; !r && i < sizeof(allowed_reader) / sizeof(*allowed_reader); i++)
		r = allow(filter, allowed_reader[i]);
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, writes, 0));
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, writes, 0));
	r = r == -EDOM || r == -EFAULT ? 0 : r; /* arm64 has no open() */
	if (!r)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, spaces, 0));
	return r ? r : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static int load_filter(int (*add)(scmp_filter_ctx filter)) {
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	int r = add(filter);
	if (!r)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

int privileges_seccomp(void) {
	return load_filter(add_rules);
}

int privileges_seccomp_helper(void) {
	return load_filter(add_helper_rules);
}

int privileges_seccomp_reader(void) {
	return load_filter(add_reader_rules);
}

int privileges_seccomp_children(void) {
	return load_filter(add_children_rules);
}
