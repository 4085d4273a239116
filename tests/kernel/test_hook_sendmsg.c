/* SPDX-License-Identifier: MIT */
/* sendmsg() and sendmmsg(): messages of several buffers, several messages in a call, each to its own destination. */
#include "sockets.h"

static const struct shape {
	size_t count; /* of buffers */
	size_t len;   /* of each */
	size_t empty_at;
} shapes[] = {
    {1, 0, 0},     {1, 1, 0},      {1, 120, 0},    {1, 65535, 0}, {1, 65536, 0}, {1, 65537, 0}, {2, 60, 0},
    {2, 60, 2},    {3, 64, 0},     {8, 33, 0},     {9, 33, 0},    {17, 100, 2},  {64, 20, 0},   {65, 20, 0},
    {128, 9, 0},   {1023, 3, 0},   {1024, 3, 0},   {1024, 1, 2},  {1024, 70, 3}, {2, 65537, 0}, {3, 65535, 2},
    {5, 50000, 3}, {1, 100000, 0}, {1024, 250, 0}, {0, 0, 0},
};

struct job {
	const char *name, *other;
	bool connected;
};

static size_t message_cut(const struct shape *s, struct iovec iov[static 1024], char *p) {
	size_t total = 0;
	for (size_t i = 0; i < s->count; i++) {
		bool empty = s->empty_at && i % s->empty_at == 0;
		iov[i] = (struct iovec){p + total, empty ? 0 : s->len};
		total += iov[i].iov_len;
	}
	return total;
}

static void send_shapes(const void *arg) {
	const struct job *job = arg;
	struct sockaddr_un addr;
	struct iovec iov[1024];
	socklen_t addr_len = unix_address(job->name, &addr);
	int fd = job->connected ? must_connect(job->name, SOCK_DGRAM) : must_socket(SOCK_DGRAM);
	for (size_t i = 0; i < LEN(shapes); i++) {
		struct msghdr m = {.msg_iov = iov, .msg_iovlen = shapes[i].count};
		char *p = pattern_new(shapes[i].count * shapes[i].len, (uint32_t)i);
		must(p);
		size_t total = message_cut(&shapes[i], iov, p);
		if (!job->connected) {
			m.msg_name = &addr;
			m.msg_namelen = addr_len;
		}
		must(sendmsg(fd, &m, 0) == (ssize_t)total);
		free(p);
	}
}

static void run_shapes(struct watch *w, bool connected) {
	char path[108];
	struct iovec iov[1024];
	struct job job = {path, NULL, connected};
	size_t writes = 0;
	watch_path(w, "socket", path);
	watch_run_to_socket(w, path, SOCK_DGRAM, send_shapes, &job);
	assert_lost_nothing(w);
	for (size_t i = 0; i < LEN(shapes); i++) {
		size_t total = message_cut(&shapes[i], iov, NULL);
		if (!total)
			continue;
		assert_taken_pattern(w, writes, total, (uint32_t)i);
		assert_true(w->taken[writes++].datagram);
	}
	assert_int_equal(w->taken_len, writes);
}

static void sendmsg_to_the_connected_comes_exactly(void **state) {
	run_shapes(*state, true);
}

static void sendmsg_to_the_named_comes_exactly(void **state) {
	run_shapes(*state, false);
}

/* Message i of a call has i % 200 bytes in two buffers; the pattern is that of i. */
#define MESSAGES_MAX 1024 /* UIO_MAXIOV */
static const size_t counts[] = {1, 2, 3, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65, 1023, MESSAGES_MAX};

static size_t message_len(size_t i) {
	return i % 200;
}

static void message_init(struct mmsghdr *m, struct iovec iov[static 2], size_t i) {
	size_t len = message_len(i);
	char *p = pattern_new(len, (uint32_t)i);
	must(p);
	iov[0] = (struct iovec){p, len / 3};
	iov[1] = (struct iovec){p + len / 3, len - len / 3};
	*m = (struct mmsghdr){.msg_hdr = {.msg_iov = iov, .msg_iovlen = 2}};
}

static void send_counts(const void *arg) {
	static struct iovec iov[MESSAGES_MAX][2];
	static struct mmsghdr messages[MESSAGES_MAX];
	const struct job *job = arg;
	int fd = must_connect(job->name, SOCK_DGRAM);
	for (size_t i = 0; i < MESSAGES_MAX; i++)
		message_init(&messages[i], iov[i], i);
	for (size_t k = 0; k < LEN(counts); k++)
		must(sendmmsg(fd, messages, (unsigned)counts[k], 0) == (int)counts[k]);
}

static size_t check_messages(struct watch *w, size_t at, size_t count) {
	for (size_t i = 0; i < count; i++) {
		if (!message_len(i))
			continue;
		assert_taken_pattern(w, at, message_len(i), (uint32_t)i);
		assert_true(w->taken[at++].datagram);
	}
	return at;
}

static void each_message_of_sendmmsg_is_a_write(void **state) {
	struct watch *w = *state;
	char path[108];
	struct job job = {.name = path};
	size_t at = 0;
	watch_path(w, "socket", path);
	watch_run_to_socket(w, path, SOCK_DGRAM, send_counts, &job);
	assert_lost_nothing(w);
	for (size_t k = 0; k < LEN(counts); k++)
		at = check_messages(w, at, counts[k]);
	assert_int_equal(w->taken_len, at);
}

/* One socket, one call: to the log, elsewhere, and to the log again. */
static void send_here_and_there(const void *arg) {
	const struct job *job = arg;
	struct sockaddr_un here, there;
	socklen_t here_len = unix_address(job->name, &here), there_len = unix_address(job->other, &there);
	struct iovec iov[4] = {
	    {(char *)"log 1", 5}, {(char *)"elsewhere", 9}, {(char *)"log 2", 5}, {(char *)"nor this", 8}};
	struct mmsghdr m[4] = {{.msg_len = 0}};
	int fd = must_socket(SOCK_DGRAM);
	for (size_t i = 0; i < 4; i++) {
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = i % 2 ? &there : &here;
		m[i].msg_hdr.msg_namelen = i % 2 ? there_len : here_len;
	}
	must(sendmmsg(fd, m, 4, 0) == 4);
	for (size_t i = 0; i < 4; i++)
		must(sendmsg(fd, &m[i].msg_hdr, 0) > 0);
}

static void only_messages_to_the_log_are_taken(void **state) {
	struct watch *w = *state;
	char here[108], there[108];
	struct job job = {here, there, false};
	watch_path(w, "socket", here);
	watch_path(w, "other", there);
	pid_t drain = drain_start(receiver_open(here, SOCK_DGRAM), SOCK_DGRAM);
	pid_t other = drain_start(receiver_open(there, SOCK_DGRAM), SOCK_DGRAM);
	watch_open_sink(w, here);
	watch_run(w, send_here_and_there, &job);
	drain_end(drain);
	drain_end(other);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 4);
	for (size_t i = 0; i < 4; i++)
		assert_taken_text(w, i, i % 2 ? "log 2" : "log 1");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(sendmsg_to_the_connected_comes_exactly),
	    BOTH_HOOKS(sendmsg_to_the_named_comes_exactly),
	    BOTH_HOOKS(each_message_of_sendmmsg_is_a_write),
	    BOTH_HOOKS(only_messages_to_the_log_are_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
