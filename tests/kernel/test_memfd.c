/* SPDX-License-Identifier: MIT */
/* Journal entries too large for a datagram: libsystemd hands journald a memory file instead, whose size is counted. */
#include "sockets.h"

#include <sys/stat.h>
#include <systemd/sd-journal.h>

#define JOURNAL "/run/systemd/journal/socket"

static void must_send_file(int to, const struct sockaddr_un *addr, socklen_t addr_len, int fd, struct iovec *iov) {
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr msg = {.msg_name = (void *)addr,
	                     .msg_namelen = addr_len,
	                     .msg_control = &control,
	                     .msg_controllen = sizeof(control),
	                     .msg_iov = iov,
	                     .msg_iovlen = iov ? 1 : 0};
	control.head = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	must(sendmsg(to, &msg, 0) == (iov ? (ssize_t)iov->iov_len : 0));
}

#define ENTRY_LEN (3 * WIRE_WRITE_MAX + 5)

static void send_large_entry(const void *name) {
	struct sockaddr_un addr;
	socklen_t addr_len = unix_address(name, &addr);
	int to = must_socket(SOCK_DGRAM), entry = memfd_create("entry", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	must(entry >= 0 && !ftruncate(entry, ENTRY_LEN));
	must_send_file(to, &addr, addr_len, entry, NULL);
	close(entry);
	must(!connect(to, (struct sockaddr *)&addr, addr_len));
	entry = memfd_create("entry", MFD_CLOEXEC);
	must(entry >= 0 && !ftruncate(entry, 7));
	must_send_file(to, NULL, 0, entry, NULL);
}

static void a_memory_file_handed_to_a_log_is_counted_and_named(void **state) {
	struct watch *w = *state;
	char name[108], sink[128];
	watch_path(w, "log-socket", name);
	snprintf(sink, sizeof(sink), "socket:%s", name);
	watch_run_to_socket(w, name, SOCK_DGRAM, send_large_entry, name);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->totals.seen_bytes, ENTRY_LEN + 7);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].bytes, ENTRY_LEN + 7);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].writes, 2);
	assert_int_equal(watch_blind(w, WIRE_BLIND_MEMFD, sink).events, 2);
	assert_int_equal(watch_blind(w, WIRE_BLIND_MEMFD, sink).bytes, ENTRY_LEN + 7);
}

static void send_other_things(const void *name) {
	struct sockaddr_un addr;
	struct iovec iov = {(void *)"a line", 6};
	socklen_t addr_len = unix_address(name, &addr);
	int to = must_socket(SOCK_DGRAM), ends[2], entry = memfd_create("entry", MFD_CLOEXEC);
	must(entry >= 0 && !ftruncate(entry, 100) && !pipe2(ends, O_CLOEXEC));
	must_send_file(to, &addr, addr_len, entry, &iov); /* beside bytes: they are the message */
	must_send_file(to, &addr, addr_len, ends[0], NULL);
	must(!sendto(to, "", 0, 0, (struct sockaddr *)&addr, addr_len));
}

static void only_a_file_instead_of_bytes_is_counted(void **state) {
	struct watch *w = *state;
	char name[108];
	watch_path(w, "log-socket", name);
	watch_run_to_socket(w, name, SOCK_DGRAM, send_other_things, name);
	assert_lost_nothing(w);
	assert_int_equal(w->blind.len, 0);
	assert_int_equal(w->taken_len, 1);
	assert_taken_text(w, 0, "a line");
}

static void a_file_handed_to_another_socket_is_none_of_ours(void **state) {
	struct watch *w = *state;
	char name[108];
	watch_path(w, "other-socket", name);
	pid_t drain = drain_start(receiver_open(name, SOCK_DGRAM), SOCK_DGRAM);
	watch_run(w, send_large_entry, name);
	drain_end(drain);
	assert_lost_nothing(w);
	assert_int_equal(w->blind.len, 0);
	assert_int_equal(w->totals.seen_bytes, 0);
}

#define FIELD_LEN (8 * 1024 * 1024)

static void log_by_libsystemd(const void *arg) {
	(void)arg;
	char *field = malloc(FIELD_LEN + 1);
	must(field);
	memset(field, 'x', FIELD_LEN);
	field[FIELD_LEN] = 0;
	memcpy(field, "MESSAGE=", 8);
	struct iovec iov = {field, FIELD_LEN};
	must(!sd_journal_sendv(&iov, 1));
	free(field);
}

/* As an application does it, if nobody's journal is in the way. */
static void a_large_entry_of_libsystemd_is_counted(void **state) {
	struct watch *w = *state;
	if (!access(JOURNAL, F_OK))
		skip_because("a journal of this machine's own has the socket");
	bool had_dir = !access("/run/systemd", F_OK);
	if ((mkdir("/run/systemd", 0755) && errno != EEXIST) || (mkdir("/run/systemd/journal", 0755) && errno != EEXIST))
		skip_because("/run/systemd/journal cannot be made");
	pid_t drain = drain_start(receiver_open(JOURNAL, SOCK_DGRAM), SOCK_DGRAM);
	watch_run(w, log_by_libsystemd, NULL);
	drain_end(drain);
	unlink(JOURNAL);
	rmdir("/run/systemd/journal");
	if (!had_dir)
		rmdir("/run/systemd");
	assert_true(watch_blind(w, WIRE_BLIND_MEMFD, "socket:" JOURNAL).bytes >= FIELD_LEN);
	assert_int_equal(w->totals.lost[WIRE_LOSS_UNSUPPORTED].writes, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(a_memory_file_handed_to_a_log_is_counted_and_named),
	    BOTH_HOOKS(only_a_file_instead_of_bytes_is_counted),
	    BOTH_HOOKS(a_file_handed_to_another_socket_is_none_of_ours),
	    BOTH_HOOKS(a_large_entry_of_libsystemd_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
