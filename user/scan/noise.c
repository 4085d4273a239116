/* SPDX-License-Identifier: MIT */
#include "scan/noise.h"

#include <stdint.h>

struct noise {
	uint64_t state;
};

/* Knuth's MMIX generator; its high bits. */
static unsigned number(struct noise *n, unsigned below) {
	n->state = n->state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(n->state >> 33) % below;
}

static const char *pick(struct noise *n, const char *const *words, size_t len) {
	return words[number(n, (unsigned)len)];
}

#define PICK(n, words) pick(n, words, sizeof(words) / sizeof(*(words)))

static const char *const levels[] = {"DEBUG", "INFO", "INFO", "INFO", "WARN", "ERROR"};
static const char *const units[] = {"scheduler", "pool", "cache", "gateway", "indexer", "billing.worker"};
static const char *const verbs[] = {"started", "finished", "retrying", "evicted", "accepted", "timed out after"};
static const char *const nouns[] = {"request", "batch", "segment", "connection", "checkpoint", "lease"};
static const char *const paths[] = {"/api/v2/items", "/static/app.js", "/health", "/img/logo.png", "/orders/search"};

static int access_line(struct noise *n, struct buf *out) {
	return buf_printf(out, "- - [%02u/Mar/2025:%02u:%02u:%02u +0000] \"GET %s?page=%u HTTP/1.1\" %u %u %u.%03u\n",
	                  1 + number(n, 28), number(n, 24), number(n, 60), number(n, 60), PICK(n, paths), number(n, 400),
	                  200 + number(n, 5) * 76, number(n, 90000), number(n, 3), number(n, 1000));
}

static int java_line(struct noise *n, struct buf *out) {
	return buf_printf(out, "2025-03-%02u %02u:%02u:%02u,%03u %s [worker-%u] c.e.%s - %s %s %u of %u in %u ms\n",
	                  1 + number(n, 28), number(n, 24), number(n, 60), number(n, 60), number(n, 1000), PICK(n, levels),
	                  number(n, 64), PICK(n, units), PICK(n, verbs), PICK(n, nouns), number(n, 100000),
	                  number(n, 1000000), number(n, 5000));
}

static int json_line(struct noise *n, struct buf *out) {
	return buf_printf(out,
	                  "{\"ts\":17%08u%03u,\"level\":\"%s\",\"unit\":\"%s\",\"msg\":\"%s %s\",\"id\":\"%08x-%04x-4%03x-"
	                  "a%03x-%08x%04x\",\"bytes\":%u,\"ok\":true}\n",
	                  number(n, 100000000), number(n, 1000), PICK(n, levels), PICK(n, units), PICK(n, nouns),
	                  PICK(n, verbs), number(n, 1u << 31), number(n, 65536), number(n, 4096), number(n, 4096),
	                  number(n, 1u << 31), number(n, 65536), number(n, 1u << 30));
}

static int pairs_line(struct noise *n, struct buf *out) {
	return buf_printf(
	    out, "time=2025-03-%02uT%02u:%02u:%02uZ level=%s unit=%s event=\"%s %s\" seq=%u%06u sha=%08x%08x\n",
	    1 + number(n, 28), number(n, 24), number(n, 60), number(n, 60), PICK(n, levels), PICK(n, units), PICK(n, nouns),
	    PICK(n, verbs), 1 + number(n, 999999), number(n, 1000000), number(n, 1u << 31), number(n, 1u << 31));
}

int scan_noise(struct buf *ret, size_t len) {
	static int (*const lines[])(struct noise * n, struct buf * out) = {access_line, java_line, json_line, pairs_line};
	struct noise n = {.state = 1};
	int r = 0;
	while (!r && ret->len < len)
		r = lines[number(&n, sizeof(lines) / sizeof(*lines))](&n, ret);
	return r;
}
