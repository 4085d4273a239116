/* SPDX-License-Identifier: MIT */
/*
 * A process that makes calls when told to and says what one cost, and the places it writes to. What it writes to a pipe
 * or socket is taken by the bench between the slices, and files are emptied, so that no call ever waits. One
 * thread.
 */
#ifndef TESTS_BENCH_WRITER_H
#define TESTS_BENCH_WRITER_H

#include "base/clock.h"
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE_MAX_BYTES (1u << 20)
#define HELD_BYTES (1u << 20) /* what each place takes before a writer would wait: all that a pipe may be given */

static const unsigned sizes[] = {16, 120, 1024, 4096, 16384, 65536, SIZE_MAX_BYTES};
#define SIZES (sizeof(sizes) / sizeof(*sizes))

enum place { PLACE_NULL, PLACE_TMPFS, PLACE_DISK, PLACE_PIPE, PLACE_SOCKET, PLACES, PLACE_NONE /* getpid() */ };

struct places {
	char *tmpfs_path, *disk_path, *socket_path;
	const char *names[PLACES];
	int log_pipe[2], data_pipe[2], socket[2]; /* reading, writing end */
};

/* What to do in a slice. */
struct order {
	enum place place;
	bool log_pipe; /* standard output, or a pipe that is nobody's */
	unsigned size, calls;
};

static const char *filesystem_name(const char *path) {
	struct statfs fs;
	must(!statfs(path, &fs));
	switch ((unsigned)fs.f_type) {
	case 0xef53:
		return "ext4";
	case 0x01021994:
		return "tmpfs";
	case 0x58465342:
		return "xfs";
	case 0x9123683e:
		return "btrfs";
	case 0x794c7630:
		return "overlayfs";
	}
	return "file system";
}

static void open_socket(struct places *p) {
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	must(strlen(p->socket_path) < sizeof(addr.sun_path));
	strcpy(addr.sun_path, p->socket_path);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), room = 64 * HELD_BYTES;
	must(listener >= 0 && !bind(listener, (struct sockaddr *)&addr, sizeof(addr)) && !listen(listener, 1));
	p->socket[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(p->socket[1] >= 0 && !setsockopt(p->socket[1], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)));
	must(!connect(p->socket[1], (struct sockaddr *)&addr, sizeof(addr)));
	p->socket[0] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	must(p->socket[0] >= 0);
	close(listener);
}

/* The reading end does not wait, the writing end would. */
static void open_pipe(int ends[2]) {
	must(!pipe2(ends, O_CLOEXEC) && fcntl(ends[1], F_SETPIPE_SZ, HELD_BYTES) >= (int)HELD_BYTES &&
	     !fcntl(ends[0], F_SETFL, O_NONBLOCK));
}

static void places_init(struct places *p) {
	char *tmpfs_dir = bench_dir("BENCH_TMPFS"), *disk_dir = bench_dir("BENCH_DISK");
	must(asprintf(&p->tmpfs_path, "%s/data", tmpfs_dir) > 0 && asprintf(&p->disk_path, "%s/data", disk_dir) > 0 &&
	     asprintf(&p->socket_path, "%s/socket", tmpfs_dir) > 0);
	p->names[PLACE_NULL] = "/dev/null";
	p->names[PLACE_TMPFS] = filesystem_name(tmpfs_dir);
	p->names[PLACE_DISK] = filesystem_name(disk_dir);
	p->names[PLACE_PIPE] = "pipe";
	p->names[PLACE_SOCKET] = "socket";
	open_pipe(p->log_pipe);
	open_pipe(p->data_pipe);
	open_socket(p);
}

/* Takes what lies in pipes and socket. */
static void places_drain(const struct places *p) {
	static char drop[1 << 20];
	const int from[] = {p->log_pipe[0], p->data_pipe[0], p->socket[0]};
	for (size_t i = 0; i < sizeof(from) / sizeof(*from); i++)
		while (read(from[i], drop, sizeof(drop)) > 0)
			;
}

static double slice(const struct order *o, int fd, const char *payload) {
	uint64_t start = clock_monotonic_ns();
	for (unsigned i = 0; i < o->calls; i++)
		if (o->place == PLACE_NONE ? syscall(SYS_getpid) < 0 : write(fd, payload, o->size) != (ssize_t)o->size)
			_exit(1);
	return (double)(clock_monotonic_ns() - start) / o->calls;
}

static void writer_main(void *places, int ask, int answer) {
	const struct places *p = places;
	char *payload = malloc(SIZE_MAX_BYTES);
	int fds[PLACES] = {open("/dev/null", O_WRONLY), open(p->tmpfs_path, O_CREAT | O_WRONLY | O_APPEND, 0600),
	                   open(p->disk_path, O_CREAT | O_WRONLY | O_APPEND, 0600), p->data_pipe[1], p->socket[1]};
	struct order o;
	must(payload && fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 && dup2(p->log_pipe[1], 1) == 1);
	close(p->log_pipe[0]);
	close(p->data_pipe[0]);
	close(p->socket[0]);
	for (unsigned i = 0; i < SIZE_MAX_BYTES; i++)
		payload[i] = i % 120 == 119 ? '\n' : 'x';
	while (read(ask, &o, sizeof(o)) == sizeof(o)) {
		int fd = o.place == PLACE_NONE ? -1 : o.place == PLACE_PIPE && o.log_pipe ? 1 : fds[o.place];
		if ((o.place == PLACE_TMPFS || o.place == PLACE_DISK) && ftruncate(fd, 0))
			_exit(1);
		double ns = slice(&o, fd, payload);
		if (write(answer, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

static struct writer writer_start(struct places *p) {
	return writer_fork(writer_main, p);
}

#endif
