/* SPDX-License-Identifier: MIT */
/* Syslog over the network, when a --sink names its address: each socket of the target is asked for its peer's. */
#include "inet.h"

static char text[] = "<13>a record";
#define TEXT_LEN (sizeof(text) - 1)

static void send_in_all_ways(const void *arg) {
	const struct receiver *r = arg;
	struct iovec iov = {text, TEXT_LEN};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr msgs[2] = {{.msg_hdr = msg}, {.msg_hdr = msg}};
	int fd = must_inet(r, true);
	must_write(fd, text, TEXT_LEN);
	must(send(fd, text, TEXT_LEN, 0) == TEXT_LEN);
	must(sendmsg(fd, &msg, 0) == TEXT_LEN);
	must(sendmmsg(fd, msgs, 2, 0) == 2);
	if (r->type == SOCK_STREAM)
		return;
	int to = must_inet(r, false);
	msg.msg_name = (void *)&r->addr;
	msg.msg_namelen = r->addr_len;
	must(sendto(to, text, TEXT_LEN, 0, (const struct sockaddr *)&r->addr, r->addr_len) == TEXT_LEN);
	must(sendmsg(to, &msg, 0) == TEXT_LEN);
}

static void run_net(struct watch *w, int family, int type, bool named) {
	struct receiver r;
	receiver_start(&r, family, type);
	if (named)
		watch_open_sink(w, r.name);
	watch_run(w, send_in_all_ways, &r);
	close(r.fd);
	assert_lost_nothing(w);
	for (size_t i = 0; i < w->taken_len; i++) {
		assert_taken_text(w, i, text);
		assert_string_equal(w->taken[i].sink->name, r.name);
		assert_int_equal(w->taken[i].datagram, type == SOCK_DGRAM);
	}
}

static void udp_over_ipv4_is_captured_by_address(void **state) {
	run_net(*state, AF_INET, SOCK_DGRAM, true);
	assert_int_equal(((struct watch *)*state)->taken_len, 7);
}

static void udp_over_ipv6_is_captured_by_address(void **state) {
	run_net(*state, AF_INET6, SOCK_DGRAM, true);
	assert_int_equal(((struct watch *)*state)->taken_len, 7);
}

static void tcp_over_ipv4_is_captured_by_address(void **state) {
	run_net(*state, AF_INET, SOCK_STREAM, true);
	assert_int_equal(((struct watch *)*state)->taken_len, 5);
}

static void tcp_over_ipv6_is_captured_by_address(void **state) {
	run_net(*state, AF_INET6, SOCK_STREAM, true);
	assert_int_equal(((struct watch *)*state)->taken_len, 5);
}

static void nothing_of_the_network_is_read_unasked(void **state) {
	struct watch *w = *state;
	run_net(w, AF_INET, SOCK_DGRAM, false);
	assert_int_equal(w->taken_len, 0);
	assert_int_equal(w->judged, 0);
}

struct two {
	struct receiver named, other;
};

/* One socket, now here, now there. */
static void send_to_both(const void *arg) {
	const struct two *t = arg;
	int fd = must_inet(&t->named, false);
	for (int i = 0; i < 3; i++) {
		must(sendto(fd, text, TEXT_LEN, 0, (const void *)&t->named.addr, t->named.addr_len) == TEXT_LEN);
		must(sendto(fd, "none of ours", 12, 0, (const void *)&t->other.addr, t->other.addr_len) == 12);
	}
	must(!connect(fd, (const void *)&t->other.addr, t->other.addr_len));
	must_write(fd, "none of ours", 12);
	must(!connect(fd, (const void *)&t->named.addr, t->named.addr_len));
	must_write(fd, text, TEXT_LEN);
}

static void only_what_goes_to_the_address_is_captured(void **state) {
	struct watch *w = *state;
	struct two t;
	receiver_start(&t.named, AF_INET, SOCK_DGRAM);
	receiver_start(&t.other, AF_INET, SOCK_DGRAM);
	watch_open_sink(w, t.named.name);
	watch_run(w, send_to_both, &t);
	close(t.named.fd);
	close(t.other.fd);
	assert_lost_nothing(w);
	assert_int_equal(w->taken_len, 4);
	for (size_t i = 0; i < w->taken_len; i++)
		assert_taken_text(w, i, text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(udp_over_ipv4_is_captured_by_address),   BOTH_HOOKS(udp_over_ipv6_is_captured_by_address),
	    BOTH_HOOKS(tcp_over_ipv4_is_captured_by_address),   BOTH_HOOKS(tcp_over_ipv6_is_captured_by_address),
	    BOTH_HOOKS(nothing_of_the_network_is_read_unasked), BOTH_HOOKS(only_what_goes_to_the_address_is_captured),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
