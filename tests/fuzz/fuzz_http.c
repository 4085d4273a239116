/* SPDX-License-Identifier: MIT */
/* The agent's port, asked with any bytes: it answers or hangs up, and answers the next one. */
#include "fuzz.h"

#include "../unit/test_snapshot.h"

#include "agent/live_page.h"
#include "emit/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>

#define FINDINGS 20

static struct http_server *server;

static void set_up(void) {
	struct snapshot_board *board;
	struct diags diags = {0};
	must(!snapshot_board_new(&board), "memory");
	const struct http_server_options o = {.address = "127.0.0.1:0", .page = live_page()};
	must(!http_server_new(&server, &o, board, &diags) && !http_server_start(server, &diags), "a server on loopback");
	snapshot_publish(board, test_snapshot(2, 5, FINDINGS));
}

/* What came back; the connection is closed behind the request. */
static size_t talk(const void *request, size_t len, char *ret, size_t cap) {
	const struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_port = htons(http_server_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct timeval patience = {.tv_usec = 20000}; /* events go on for ever */
	size_t got = 0;
	ssize_t n;
	const struct linger reset = {.l_onoff = 1}; /* a port that waits for its end would be lacking a minute later */
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		must(false, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	(void)!send(fd, request, len, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (got < cap && (n = recv(fd, ret + got, cap - got, 0)) > 0)
		got += (size_t)n;
	close(fd);
	return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char health[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	static char answer[1 << 20];
	static unsigned calls;
	if (!server)
		set_up();
	size_t len = talk(data, size, answer, sizeof(answer));
	must(len < 9 || !memcmp(answer, "HTTP/1.", 7), "an answer is HTTP");
	/* Who has closed one end only is still served: the answer to this one may be waited for. */
	if (calls++ % 16 == 0) {
		http_server_tick(server);
		len = talk(health, sizeof(health) - 1, answer, sizeof(answer));
		must(!len || !memcmp(answer, "HTTP/1.1 ", 9), "it is alive");
	}
	return 0;
}
