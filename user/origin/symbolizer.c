/* SPDX-License-Identifier: MIT */
#include "origin/origin.h"

#include "base/cleanup.h"
#include "base/usage.h"
#include "origin/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define ANSWER_SECONDS 3
#define ANSWER_BYTES (1024ul * 1024 * 1024) /* address space for one answer: mapped binaries with their DWARF */
#define MAPS_BYTES_MAX (1024 * 1024)

/* In memory that is shared with the worker. */
struct job {
	struct origin_stack stack;
	uint32_t maps_len; /* the modules, as they were when it was asked: the target may soon be gone */
	char maps[MAPS_BYTES_MAX];
	struct origin origin;
	uint64_t cpu_ns; /* what the worker has used, and what answered for it */
};

struct symbolizer {
	struct job *job;
	uint64_t cpu_ns; /* with the last answer */
	int fd;
	pid_t worker;
	bool asked;
};

/* One answer: whatever a hostile file makes of it ends with this process. */
static void answer(struct job *job) {
	struct rlimit memory = {ANSWER_BYTES, ANSWER_BYTES}, cpu = {ANSWER_SECONDS, ANSWER_SECONDS}, none = {0, 0};
#if !defined(__SANITIZE_ADDRESS__) /* which maps terabytes */
	setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_NPROC, &none);
	signal(SIGALRM, SIG_DFL);
	alarm(ANSWER_SECONDS);
	unwind_stack(&job->stack, job->maps, job->maps_len, &job->origin);
	_exit(0);
}

/* A file on a server that does not answer holds up even who is to be killed: then it is left behind, and ends once it
 * may, before it would write. */
static bool has_ended(pid_t pid) {
	_cleanup_close_ int fd = pidfd_open(pid, 0);
	return fd < 0 || poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, (ANSWER_SECONDS + 1) * 1000);
}

/* The frames found before it broke are an answer; none is a failure. */
static char answer_in_child(struct job *job) {
	int status = 0;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	pid_t pid = fork();
	if (pid == 0)
		answer(job);
	if (pid > 0 && !has_ended(pid))
		return 't';
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 'e';
	if (status == 0 || job->origin.frames_len)
		return 'a';
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGXCPU) ? 't' : 'e';
}

static void work(struct job *job, int fd, int (*confine)(void)) {
	char byte;
	struct rlimit no_core = {0, 0};
	prctl(PR_SET_NAME, "logspill-origin");
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGINT, SIG_IGN); /* the terminal's: the parent ends us */
	signal(SIGTERM, SIG_DFL);
	unsetenv("DEBUGINFOD_URLS"); /* nobody is asked over the network */
	/* Other descriptors are the parent's. */
	if (fd > 3)
		close_range(3, (unsigned int)fd - 1, 0);
	close_range((unsigned int)fd + 1, ~0u, 0);
	/* It reads what others have compiled, of whomever. */
	if (confine())
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends with a change of the user */
	while (recv(fd, &byte, 1, 0) == 1) {
		memset(&job->origin, 0, sizeof(job->origin));
		byte = answer_in_child(job);
		explicit_bzero(&job->stack, sizeof(job->stack));
		job->cpu_ns = usage_cpu_ns() + usage_children_cpu_ns();
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	_exit(0);
}

DEFINE_CLEANUP(struct symbolizer *, symbolizer_close)

int symbolizer_open(struct symbolizer **ret, int (*confine)(void)) {
	_cleanup_(symbolizer_closep) struct symbolizer *s = calloc(1, sizeof(*s));
	int pair[2];
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->job = mmap(NULL, sizeof(*s->job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->job == MAP_FAILED) {
		s->job = NULL;
		return -errno;
	}
	madvise(s->job, sizeof(*s->job), MADV_DONTDUMP);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid == 0)
		work(s->job, pair[1], confine);
	close(pair[1]);
	s->fd = pair[0];
	if (pid < 0)
		return -errno;
	s->worker = pid;
	*ret = take(s);
	return 0;
}

void symbolizer_close(struct symbolizer *s) {
	if (!s)
		return;
	/* It ends when nobody is left to ask it: whoever has given up its rights since may not send it a signal. */
	if (s->fd >= 0)
		close(s->fd);
	if (s->worker > 0) {
		kill(s->worker, SIGKILL);
		waitpid(s->worker, NULL, 0);
	}
	if (s->job) {
		explicit_bzero(&s->job->stack, sizeof(s->job->stack));
		munmap(s->job, sizeof(*s->job));
	}
	free(s);
}

int origin_read_maps(const struct process_id *process, struct buf *ret) {
	char part[4096];
	ssize_t n = 0;
	int r = 0;
	_cleanup_close_ int folder = process_id_open(process);
	_cleanup_close_ int fd = folder < 0 ? -1 : openat(folder, "maps", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !process_id_holds(process, folder)) /* what was opened stays that of one program */
		return 0;
	while (!r && ret->len < MAPS_BYTES_MAX && (n = read(fd, part, sizeof(part))) > 0)
		r = buf_append(ret, part, (size_t)n);
	return r;
}

int symbolizer_ask(struct symbolizer *s, const struct origin_stack *stack, const struct buf *maps) {
	if (s->asked)
		return -EBUSY;
	s->job->stack = *stack;
	s->job->maps_len = maps->len < MAPS_BYTES_MAX ? (uint32_t)maps->len : MAPS_BYTES_MAX;
	if (maps->len)
		memcpy(s->job->maps, maps->data, s->job->maps_len);
	if (send(s->fd, "q", 1, MSG_NOSIGNAL) != 1)
		return -EIO;
	s->asked = true;
	return 0;
}

int symbolizer_fd(const struct symbolizer *s) {
	return s->fd;
}

uint64_t symbolizer_cpu_ns(const struct symbolizer *s) {
	return s->cpu_ns;
}

int symbolizer_answer(struct symbolizer *s, struct origin *ret) {
	char byte;
	if (!s->asked)
		return 0;
	ssize_t n = recv(s->fd, &byte, 1, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	s->asked = false;
	if (s->job->cpu_ns > s->cpu_ns) /* what an answer broke may have written to it */
		s->cpu_ns = s->job->cpu_ns;
	if (n != 1 || byte != 'a')
		return n == 1 && byte == 't' ? -ETIMEDOUT : -EIO;
	*ret = s->job->origin;
	return 1;
}
