/* SPDX-License-Identifier: MIT */
/*
 * The processes that write a workload, at full speed: each in rounds of threads, and between two rounds it may become
 * another process (fork, exec, both), open its logs anew, or rotate them. Everything here runs in watched processes; a
 * program that includes this calls writers_main() first thing in main(), since they execute it.
 */
#ifndef TESTS_KERNEL_WRITERS_H
#define TESTS_KERNEL_WRITERS_H

#include "sockets.h"
#include "workload.h"

#include <liburing.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* Descriptors that outlive exec. */
#define FD_OF_PLACE 20
#define FD_SHARED 40

/* Which writer and round a thread is, by its number: in a file that all processes map. */
#define TIDS_MAX (1 << 22)
#define BOARD_ENTRY(writer, round) ((round)*WRITERS + (writer) + 1)

static inline uint32_t *writers_board(const struct workload *l) {
	char path[128];
	snprintf(path, sizeof(path), "%s/board", l->dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, TIDS_MAX * sizeof(uint32_t)))
		return NULL;
	uint32_t *board = mmap(NULL, TIDS_MAX * sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return board == MAP_FAILED ? NULL : board;
}

struct writing {
	const struct workload *l;
	uint32_t writer, round;
	int fds[PLACES], shared[SHARED_LOGS]; /* all but the shared places; the shared */
	int source;                           /* of sendfile() */
	bool has_ring;
	struct io_uring ring;
	pthread_t thread;
};

/* A text of one buffer, or of three with an empty one between where each is long enough to be told by its stamps. */
static inline int cut_in_buffers(char *p, size_t len, struct iovec ret[4]) {
	size_t third = len >= 800 && len <= WIRE_PIECE_MAX ? len / 3 : 0;
	ret[0] = (struct iovec){p, third};
	ret[1] = (struct iovec){p + third, third};
	ret[2] = (struct iovec){NULL, 0};
	ret[3] = (struct iovec){p + 2 * third, len - 2 * third};
	return 4;
}

static inline void must_send_parts(int fd, const struct step *s, char *p) {
	struct mmsghdr messages[PARTS] = {0};
	struct iovec iov[PARTS];
	for (uint32_t i = 0; i < s->parts; i++) {
		uint32_t start, len;
		step_part(s, i, &start, &len);
		iov[i] = (struct iovec){p + start, len};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	/* The kernel may stop between two. */
	for (uint32_t done = 0, n; done < s->parts; done += n) {
		n = (uint32_t)sendmmsg(fd, messages + done, s->parts - done, 0);
		must((int)n > 0);
	}
}

/* Where there is no such io_uring (Linux 6.1) it is write(). */
static inline ssize_t write_by_ring(struct writing *w, int fd, const char *p, uint32_t len) {
	struct io_uring_cqe *done;
	struct io_uring_sqe *sqe = w->has_ring ? io_uring_get_sqe(&w->ring) : NULL;
	if (!sqe)
		return write(fd, p, len);
	io_uring_prep_write(sqe, fd, p, len, (__u64)-1);
	must(io_uring_submit_and_wait(&w->ring, 1) == 1 && !io_uring_wait_cqe(&w->ring, &done));
	ssize_t n = done->res;
	io_uring_cqe_seen(&w->ring, done);
	return n;
}

static inline ssize_t send_file(int fd, int source, uint32_t len) {
	off_t at = 0;
	/* A pipe takes no more at once than it has room for. */
	while (at < (off_t)len)
		must(sendfile(fd, source, &at, len - (size_t)at) > 0);
	return at;
}

/* What the kernel said to have written. */
static inline ssize_t do_step(struct writing *w, int fd, const struct step *s, char *p) {
	struct iovec iov[4];
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)cut_in_buffers(p, s->len, iov)};
	switch (s->way) {
	case WAY_WRITE:
		return write(fd, p, s->len);
	case WAY_WRITEV:
		return writev(fd, iov, 4);
	case WAY_PWRITE:
		return pwrite(fd, p, s->len, 1 << 20);
	case WAY_PWRITEV:
		return pwritev(fd, iov, 4, 12345);
	case WAY_PWRITEV2:
		return pwritev2(fd, iov, 4, -1, 0);
	case WAY_URING:
		return write_by_ring(w, fd, p, s->len);
	case WAY_SENDFILE:
		return send_file(fd, w->source, s->len);
	case WAY_SENDTO:
		return sendto(fd, p, s->len, 0, NULL, 0);
	case WAY_SENDMSG:
		return sendmsg(fd, &message, 0);
	default:
		must_send_parts(fd, s, p);
		return s->len;
	}
}

static inline int must_dup(int fd) {
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	must(copy >= 0);
	return copy;
}

static inline int must_open_source(const struct workload *l, int flags) {
	char path[128];
	snprintf(path, sizeof(path), "%s/source", l->dir);
	return must_open(path, flags);
}

static inline int must_open_own(const struct workload *l, uint32_t writer) {
	char path[128];
	snprintf(path, sizeof(path), "%s/own-%u.log", l->dir, writer);
	return must_open_log(path);
}

static inline void places_dup(struct writing *w) {
	for (int i = PLACE_STDOUT; i < PLACES; i++)
		w->fds[i] = must_dup(FD_OF_PLACE + i);
	for (int i = 0; i < SHARED_LOGS; i++)
		w->shared[i] = must_dup(FD_SHARED + i);
	w->fds[PLACE_OWN] = must_open_own(w->l, w->writer);
	w->source = must_open_source(w->l, O_RDONLY);
	/* Otherwise the end of a request interrupts, as a signal would, what its thread is writing to a pipe by then. */
	w->has_ring = !io_uring_queue_init(4, &w->ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
}

static inline void places_close(struct writing *w) {
	for (int i = 0; i < PLACES; i++)
		if (i != PLACE_SHARED)
			close(w->fds[i]);
	for (int i = 0; i < SHARED_LOGS; i++)
		close(w->shared[i]);
	close(w->source);
	if (w->has_ring)
		io_uring_queue_exit(&w->ring);
}

static inline void *write_round(void *arg) {
	struct writing *w = arg;
	/* Nobody looks at it then; and of a file that is mapped while the ring is full nobody can say that it is no log. */
	uint32_t *board = w->l->plain ? NULL : writers_board(w->l), from = w->round * ROUND;
	char *p = malloc(STEP_MAX);
	must(p && (board || w->l->plain));
	if (board)
		board[syscall(SYS_gettid)] = BOARD_ENTRY(w->writer, w->round);
	places_dup(w);
	for (uint32_t seq = from; seq < from + ROUND; seq++) {
		struct step s;
		step_init(&s, w->l, w->writer, seq);
		step_text(&s, w->l, p);
		must(do_step(w, s.place == PLACE_SHARED ? w->shared[s.shared] : w->fds[s.place], &s, p) == s.len);
	}
	must(!pick(w->l->seed + w->round, w->writer, 4) || !ftruncate(w->fds[PLACE_OWN], 0));
	places_close(w);
	if (board)
		munmap(board, TIDS_MAX * sizeof(*board));
	free(p);
	return NULL;
}

static inline void shared_path(const struct workload *l, int i, char ret[static 128]) {
	snprintf(ret, 128, "%s/shared-%d.log", l->dir, i);
}

static inline void must_open_shared(const struct workload *l) {
	char path[128];
	for (int i = 0; i < SHARED_LOGS; i++) {
		shared_path(l, i, path);
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
		must(fd >= 0);
		must_move_fd(fd, FD_SHARED + i);
	}
}

/* As logrotate does: by a new name, or by a copy, which matters to the writers by its end. */
static inline void rotate(const struct workload *l, int i, bool by_copy) {
	char path[128], old[140];
	shared_path(l, i, path);
	snprintf(old, sizeof(old), "%s.1", path);
	if (by_copy)
		must(!truncate(path, 0) || errno == ENOENT);
	else
		must(!rename(path, old) || errno == ENOENT); /* another may have been faster */
}

static inline void become(const struct workload *l, uint32_t process, uint32_t round) {
	char text[6][24];
	snprintf(text[0], 24, "%llu", (unsigned long long)l->seed);
	snprintf(text[1], 24, "%u", l->rounds);
	snprintf(text[2], 24, "%d", l->plain);
	snprintf(text[3], 24, "%u", process);
	snprintf(text[4], 24, "%u", round);
	execl("/proc/self/exe", "writer", "--writers", l->dir, text[0], text[1], text[2], text[3], text[4], NULL);
	must(!"exec");
}

/* What may happen to a process between two rounds. It stays who it is in half of the cases. */
static inline void change(const struct workload *l, uint32_t process, uint32_t round) {
	uint32_t x = pick(l->seed + process, 1000 + round, 16);
	if (x < 2)
		rotate(l, (int)(x % SHARED_LOGS), pick(l->seed, round, 2));
	if (x < 6)
		must_open_shared(l);
	if (x == 6 || x == 7) {
		pid_t pid = fork();
		must(pid >= 0);
		if (pid)
			_exit(0); /* the child goes on, and is waited for by writers_run() */
	}
	if (x == 7 || x == 8)
		become(l, process, round);
	if (x == 9) {
		pid_t pid = vfork();
		if (!pid)
			execl("/bin/true", "true", NULL);
		must_exit_0(pid);
	}
}

/* One of the processes, from a round on to the end. */
static inline void write_rounds(const struct workload *l, uint32_t process, uint32_t round) {
	struct writing w[THREADS];
	while (round < l->rounds) {
		for (uint32_t i = 0; i < THREADS; i++) {
			w[i] = (struct writing){.l = l, .writer = process * THREADS + i, .round = round};
			must(!pthread_create(&w[i].thread, NULL, write_round, &w[i]));
		}
		for (uint32_t i = 0; i < THREADS; i++)
			must(!pthread_join(w[i].thread, NULL));
		if (++round < l->rounds)
			change(l, process, round);
	}
	_exit(0);
}

static inline void must_keep_fd(int fd, enum place place) {
	must(dup2(fd, FD_OF_PLACE + (int)place) >= 0);
}

static inline void open_places(const struct workload *l) {
	char path[140], tty[140] = "";
	snprintf(path, sizeof(path), "%s/tty", l->dir);
	must(readlink(path, tty, sizeof(tty) - 1) > 0);
	must_keep_fd(must_open(tty, O_WRONLY | O_NOCTTY), PLACE_TTY);
	must_keep_fd(STDOUT_FILENO, PLACE_STDOUT);
	snprintf(path, sizeof(path), "%s/dgram", l->dir);
	must_keep_fd(must_connect(path, SOCK_DGRAM), PLACE_DGRAM);
	snprintf(path, sizeof(path), "%s/stream", l->dir);
	must_keep_fd(must_connect(path, SOCK_STREAM), PLACE_STREAM);
	must_open_shared(l);
}

/* Writes all of a workload, to standard output too, and returns when it has been written. */
static inline void writers_run(const void *workload) {
	const struct workload *l = workload;
	int status;
	must(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	open_places(l);
	for (uint32_t i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid)
			write_rounds(l, i, 0);
	}
	while (wait(&status) > 0)
		must(status == 0);
	must(errno == ECHILD);
}

#define WRITERS_ALL UINT32_MAX /* process: writers_run() */

static inline void writers_main(int argc, char **argv) {
	struct workload l = {0};
	if (argc != 8 || strcmp(argv[1], "--writers"))
		return;
	snprintf(l.dir, sizeof(l.dir), "%s", argv[2]);
	l.seed = strtoull(argv[3], NULL, 10);
	l.rounds = (uint32_t)strtoul(argv[4], NULL, 10);
	l.plain = atoi(argv[5]);
	uint32_t process = (uint32_t)strtoul(argv[6], NULL, 10);
	if (process != WRITERS_ALL)
		write_rounds(&l, process, (uint32_t)strtoul(argv[7], NULL, 10));
	writers_run(&l);
	exit(0);
}

/* Who empties what the writers write to, outside the watch. */
struct drains {
	int out; /* the writers' standard output */
	pid_t pids[4];
};

static inline void drains_start(struct drains *d, const struct workload *l) {
	char path[140];
	int source = must_open_source(l, O_WRONLY | O_CREAT);
	assert_return_code(ftruncate(source, STEP_MAX), errno);
	close(source);
	int pipes[2], master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_return_code(master, errno);
	assert_return_code(grantpt(master), errno);
	assert_return_code(unlockpt(master), errno);
	snprintf(path, sizeof(path), "%s/tty", l->dir);
	assert_return_code(symlink(ptsname(master), path), errno);
	d->pids[0] = drain_fd(master, -1);
	snprintf(path, sizeof(path), "%s/dgram", l->dir);
	d->pids[1] = drain_start(receiver_open(path, SOCK_DGRAM), SOCK_DGRAM);
	snprintf(path, sizeof(path), "%s/stream", l->dir);
	d->pids[2] = drain_start(receiver_open(path, SOCK_STREAM), SOCK_STREAM);
	assert_return_code(pipe2(pipes, O_CLOEXEC), errno);
	d->pids[3] = drain_fd(pipes[0], pipes[1]);
	d->out = pipes[1];
}

static inline void drains_end(struct drains *d) {
	close(d->out);
	for (size_t i = 0; i < LEN(d->pids); i++)
		drain_end(d->pids[i]);
}

/* What --sink must name, beside the default globs. */
static inline void writers_sinks(const struct workload *l, char ret[3][140]) {
	char link[140];
	snprintf(ret[0], 140, "%s/dgram", l->dir);
	snprintf(ret[1], 140, "%s/stream", l->dir);
	snprintf(link, sizeof(link), "%s/tty", l->dir);
	memset(ret[2], 0, 140);
	assert_true(readlink(link, ret[2], 139) > 0);
}

#endif
