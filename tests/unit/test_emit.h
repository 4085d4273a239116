/* SPDX-License-Identifier: MIT */
/* Fixed inputs for the tests of outputs, and golden files: GOLDEN_UPDATE=1 writes them anew instead of comparing. */
#ifndef TEST_EMIT_H
#define TEST_EMIT_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "find/find.h"
#include "find/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) ((char *)(s))
#define EARLIER_NS 1795355342123456789ull /* 2026-11-22T13:49:02.123456789Z */
#define LATER_NS (EARLIER_NS + 1900000000ull)

static char *test_keywords[] = {TEXT("email")};
static char *test_spots[] = {TEXT("mapping: /var/log/shop/mapped.log: written through a memory mapping"),
                             TEXT("hook: io_uring")};

static const struct rule test_email = {
    .id = TEXT("contact.email"),
    .name = TEXT("E-mail address"),
    .entity = TEXT("EMAIL"),
    .severity = RULE_MEDIUM,
    .impact = 3,
    .anchor = TEXT("@"),
    .context_keywords = {test_keywords, 1},
    .mask = {.style = RULE_MASK_EMAIL},
    .remediation = TEXT("Log an internal user id instead of the address."),
};

static const struct rule test_card = {
    .id = TEXT("payment.card"),
    .name = TEXT("Payment card number"),
    .entity = TEXT("CREDIT_CARD"),
    .severity = RULE_CRITICAL,
    .mask = {.last = 4},
    .remediation = TEXT("Log the last four digits, or the token of the payment provider."),
};

static inline struct finding test_finding(void) {
	return (struct finding){
	    .id = "5f9036d352e3b6c9cee673015f1013dc",
	    .rule = &test_email,
	    .confidence = 0.9f,
	    .count = 3,
	    .distinct = 2,
	    .masked = "j***@e***.org",
	    .fingerprint = "00112233445566778899aabbccddeeff",
	    .template_id = "3b698c4d320442c7",
	    .sink_kind = TEXT("file"),
	    .sink_name = TEXT("/var/log/shop/app.log"),
	    .pid = 4711,
	    .process_name = TEXT("shop"),
	    .executable = TEXT("/usr/bin/shop"),
	    .first_seen_ns = EARLIER_NS,
	    .last_seen_ns = LATER_NS,
	};
}

/* A watch that lost a part and found something. */
static inline struct summary test_summary(void) {
	struct summary s = {
	    .seen_bytes = 10240,
	    .seen_writes = 80,
	    .scanned_bytes = 6144,
	    .scanned_writes = 48,
	    .scanned_records = 60,
	    .lost = {[WIRE_LOSS_RING_FULL] = {4000, 31}, [WIRE_LOSS_FAULT] = {96, 1}},
	    .blind_spots = test_spots,
	    .blind_spots_len = 2,
	    .findings = 2,
	    .matches = 4,
	    .distinct = 3,
	    .leaking_records = 3,
	    .leaks_counted = true,
	    .duration_s = 1.9,
	    .cost =
	        {.kernel_calls = 60, .kernel_ns = 24720, .cpu_s = 0.35, .cpu_ready_s = 0.09, .memory_peak_bytes = 29 << 20},
	    .ended_ns = LATER_NS,
	};
	assert_int_equal(summary_judge(&s), 0);
	return s;
}

static inline void test_summary_release(struct summary *s) {
	s->blind_spots = NULL;
	s->blind_spots_len = 0;
	summary_release(s);
}

static inline void assert_golden(const char *name, const char *text) {
	_cleanup_(buf_release) struct buf golden = {0};
	char path[256];
	snprintf(path, sizeof(path), "tests/data/golden/%s", name);
	if (getenv("GOLDEN_UPDATE"))
		assert_int_equal(file_write_atomic(path, text, strlen(text), 0644), 0);
	assert_int_equal(file_read(path, 1 << 20, &golden), 0);
	assert_int_equal(buf_append(&golden, "", 1), 0);
	assert_string_equal(text, golden.data);
}

#endif
