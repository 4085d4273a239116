/* SPDX-License-Identifier: MIT */
/* Generated logs that benches scan, the same in every run. One thread. */
#ifndef TESTS_BENCH_LOGS_H
#define TESTS_BENCH_LOGS_H

#include "base/buf.h"
#include "detect/detect.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t random_state = 88172645463325252ull;

/* xorshift64 */
static uint32_t any(void) {
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32);
}

static uint32_t below(uint32_t n) {
	return any() % n;
}

#define PICK(a) a[below(sizeof(a) / sizeof(*(a)))]

static const char *const log_paths[] = {"/",      "/api/orders", "/static/app.js", "/health",
                                        "/login", "/search",     "/img/logo.svg"};
static const char *const log_agents[] = {
    "curl/7.88.1", "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.6099.71 Safari/537.36"};
static const char *const log_classes[] = {"c.a.shop.OrderService", "o.s.web.servlet.DispatcherServlet",
                                          "c.z.h.pool.HikariPool", "o.a.kafka.clients.Metadata",
                                          "c.a.shop.cart.CartController"};
static const char *const log_messages[] = {"completed initialization in", "refreshing metadata took",
                                           "cart was saved after", "released connection idle for",
                                           "evicted entries older than"};
static const char *const log_people[] = {"aino.virtanen", "o.lund", "maria_jansen", "pekka", "sofia.ricci"};
static const char *const log_hosts[] = {"fjordhus.no", "kuusikoti.fi", "northbay-clinic.co.uk", "posthuis.nl"};

static void line_nginx(struct buf *b) {
	buf_printf(b, "web-%u - - [22/Nov/2026:%02u:%02u:%02u +0000] \"GET %s?page=%u HTTP/1.1\" 200 %u \"-\" \"%s\"\n",
	           below(9), below(24), below(60), below(60), PICK(log_paths), below(50), below(90000), PICK(log_agents));
}

static void line_nginx_clients(struct buf *b) {
	buf_printf(b, "%u.%u.%u.%u - - [22/Nov/2026:%02u:%02u:%02u +0000] \"GET %s/%u HTTP/1.1\" 200 %u \"-\" \"%s\"\n",
	           11 + below(80), below(256), below(256), below(256), below(24), below(60), below(60), PICK(log_paths),
	           below(99999), below(90000), PICK(log_agents));
}

static void line_java(struct buf *b) {
	buf_printf(b, "2026-11-22 %02u:%02u:%02u,%03u INFO  [http-nio-8080-exec-%u] %s - %s %u ms id=%u trace=%08x%08x\n",
	           below(24), below(60), below(60), below(1000), below(40), PICK(log_classes), PICK(log_messages),
	           below(5000), below(99999999), any(), any());
}

static void line_json(struct buf *b) {
	buf_printf(b,
	           "{\"ts\":\"2026-11-22T%02u:%02u:%02u.%03uZ\",\"level\":\"info\",\"logger\":\"%s\",\"msg\":\"%s\","
	           "\"took_ms\":%u,\"trace_id\":\"%08x%08x%08x%08x\",\"time\":%u%03u}\n",
	           below(24), below(60), below(60), below(1000), PICK(log_classes), PICK(log_messages), below(5000), any(),
	           any(), any(), any(), 1763800000 + below(99999), below(1000));
}

static void line_dense(struct buf *b) {
	switch (below(4)) {
	case 0:
		buf_printf(b, "2026-11-22T%02u:%02u:%02u.%03uZ INFO signup email=%s@%s ip=%u.%u.%u.%u took=%ums\n", below(24),
		           below(60), below(60), below(1000), PICK(log_people), PICK(log_hosts), 11 + below(80), below(256),
		           below(256), below(256), below(900));
		break;
	case 1:
		buf_printf(
		    b,
		    "{\"ts\":\"2026-11-22T%02u:%02u:%02uZ\",\"msg\":\"sms sent\",\"phone\":\"+35840%07u\",\"to\":\"%s@%s\"}\n",
		    below(24), below(60), below(60), below(10000000), PICK(log_people), PICK(log_hosts));
		break;
	case 2:
		buf_printf(b,
		           "ERROR PaymentService - charge declined for card 4%03u %04u %04u %04u order=%u ssn=%03u-%02u-%04u\n",
		           below(1000), below(10000), below(10000), below(10000), below(999999), 100 + below(500),
		           10 + below(80), 1000 + below(9000));
		break;
	default:
		buf_printf(b, "DEBUG login user=%s password=k%08x-%u from %u.%u.%u.%u\n", PICK(log_people), any(), below(99),
		           11 + below(80), below(256), below(256), below(256));
	}
}

enum { LOG_WEB, LOG_WEB_CLIENTS, LOG_JAVA, LOG_JSON, LOG_DENSE, LOG_KINDS };

static const struct log_kind {
	const char *name;
	void (*line)(struct buf *b);
} log_kinds[LOG_KINDS] = {
    [LOG_WEB] = {"web server", line_nginx}, [LOG_WEB_CLIENTS] = {"web server, client addresses", line_nginx_clients},
    [LOG_JAVA] = {"Java", line_java},       [LOG_JSON] = {"JSON", line_json},
    [LOG_DENSE] = {"dense", line_dense},
};

/* Of this thread: a busy machine does not count. */
static inline double cpu_seconds(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Lines of b; *ret is malloc'ed, NULL without memory. */
static inline size_t split_lines(const struct buf *b, struct detect_text **ret) {
	size_t n = 0, cap = b->len / 20;
	struct detect_text *texts = calloc(cap, sizeof(*texts));

	for (size_t at = 0; texts && at < b->len && n < cap;) {
		const char *end = memchr(b->data + at, '\n', b->len - at);
		size_t len = end ? (size_t)(end - b->data) - at : b->len - at;

		texts[n++] = (struct detect_text){at, len};
		at += len + 1;
	}
	*ret = texts;
	return n;
}

#endif
