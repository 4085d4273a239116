/* SPDX-License-Identifier: MIT */
/* sendto() and send(), which is the same call: datagrams and streams, connected and not. */
#include "sockets.h"

static const size_t sizes[] = {WRITE_SIZES};

struct job {
	const char *name;
	int type;
	bool connected;
};

/* The kernel takes datagrams up to some 500 KiB. */
static bool is_sent(const struct job *job, size_t i) {
	return job->type == SOCK_STREAM || sizes[i] <= 256 * 1024;
}

static void send_sizes(const void *arg) {
	const struct job *job = arg;
	struct sockaddr_un addr;
	socklen_t addr_len = unix_address(job->name, &addr);
	int fd = job->connected ? must_connect(job->name, job->type) : must_socket(job->type);
	for (size_t i = 0; i < LEN(sizes); i++) {
		char *p = pattern_new(sizes[i], (uint32_t)i);
		must(p);
		if (!is_sent(job, i))
			;
		else if (job->connected)
			must(send(fd, p, sizes[i], 0) == (ssize_t)sizes[i]);
		else
			must(sendto(fd, p, sizes[i], 0, (struct sockaddr *)&addr, addr_len) == (ssize_t)sizes[i]);
		free(p);
	}
}

static void run_sizes(struct watch *w, const char *name, int type, bool connected) {
	struct job job = {name, type, connected};
	size_t writes = 0;
	watch_run_to_socket(w, name, type, send_sizes, &job);
	for (size_t i = 0; i < LEN(sizes); i++) {
		if (!sizes[i] || !is_sent(&job, i))
			continue;
		assert_taken_pattern(w, writes, sizes[i] < WIRE_WRITE_MAX ? sizes[i] : WIRE_WRITE_MAX, (uint32_t)i);
		assert_int_equal(w->taken[writes++].datagram, type == SOCK_DGRAM);
	}
	assert_int_equal(w->totals.seen_writes, writes);
	assert_int_equal(totals_lost_bytes(&w->totals), w->totals.lost[WIRE_LOSS_TRUNCATED].bytes);
	assert_int_equal(totals_lost_writes(&w->totals), 0);
}

static void run_path(struct watch *w, int type, bool connected) {
	char path[108];
	watch_path(w, "socket", path);
	run_sizes(w, path, type, connected);
}

static void datagrams_to_the_connected_come_exactly(void **state) {
	run_path(*state, SOCK_DGRAM, true);
}

static void datagrams_to_the_named_come_exactly(void **state) {
	run_path(*state, SOCK_DGRAM, false);
}

static void bytes_of_a_stream_come_exactly(void **state) {
	struct watch *w = *state;
	run_path(w, SOCK_STREAM, true);
	assert_int_equal(w->totals.lost[WIRE_LOSS_TRUNCATED].bytes, 1 + WIRE_PIECE_MAX + 7);
}

static void run_abstract(struct watch *w, bool connected) {
	char name[64];
	snprintf(name, sizeof(name), "@%s", w->dir);
	run_sizes(w, name, SOCK_DGRAM, connected);
}

static void datagrams_to_an_abstract_name_come_exactly(void **state) {
	run_abstract(*state, false);
}

static void datagrams_to_the_connected_abstract_come_exactly(void **state) {
	run_abstract(*state, true);
}

/* A full receiver, none, and one that has gone: what was not sent is not seen. */
static void send_in_vain(const void *arg) {
	struct sockaddr_un addr;
	socklen_t addr_len = unix_address(arg, &addr);
	int fd = must_connect(arg, SOCK_DGRAM);
	size_t sent = 0;
	while (send(fd, "sent", 4, MSG_DONTWAIT) == 4)
		sent++;
	must(errno == EAGAIN && sent > 0);
	writer_pause();
	must(send(fd, "gone", 4, 0) == -1 && errno == ECONNREFUSED);
	must(sendto(must_socket(SOCK_DGRAM), "gone", 4, 0, (struct sockaddr *)&addr, addr_len) == -1);
	told[0] = sent;
}

static void messages_not_sent_are_not_seen(void **state) {
	struct watch *w = *state;
	struct writer writer;
	char path[108];
	watch_path(w, "socket", path);
	writer = writer_start(send_in_vain, path); /* before the receiver, which it must not hold */
	int receiver = receiver_open(path, SOCK_DGRAM);
	watch_open_sink(w, path);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	close(receiver);
	writer_resume(&writer);
	writer_join(w, &writer);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, told[0]);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_taken_text(w, i, "sent");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(datagrams_to_the_connected_come_exactly),
	    BOTH_HOOKS(datagrams_to_the_named_come_exactly),
	    BOTH_HOOKS(datagrams_to_an_abstract_name_come_exactly),
	    BOTH_HOOKS(datagrams_to_the_connected_abstract_come_exactly),
	    BOTH_HOOKS(bytes_of_a_stream_come_exactly),
	    BOTH_HOOKS(messages_not_sent_are_not_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
