/* SPDX-License-Identifier: MIT */
/* JSON, find/ and emit/ when memory runs out at each allocation in turn. */
#include "test_emit.h"

#include "base/json.h"
#include "emit/emit.h"

#include <errno.h>
#include <fcntl.h>

#if defined(__SANITIZE_ADDRESS__)

/* The sanitizer's allocator cannot be stood in for. */
static void memory_runs_out(void **state) {
	(void)state;
	print_message("SKIP: the sanitizer build has an allocator of its own\n");
	skip();
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(memory_runs_out)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static long live;                  /* allocations not yet freed */
static long allocations_left = -1; /* -1: all there are */
static bool ran_out, only_once;    /* only_once: the next one finds memory again */

static bool may_allocate(void) {
	if (allocations_left < 0)
		return true;
	if (allocations_left-- > 0)
		return true;
	allocations_left = only_once ? -1 : 0;
	ran_out = true;
	errno = ENOMEM;
	return false;
}

static void *count(void *p) {
	live += p != NULL;
	return p;
}

void *malloc(size_t size) {
	return may_allocate() ? count(__libc_malloc(size)) : NULL;
}
void *calloc(size_t n, size_t size) {
	return may_allocate() ? count(__libc_calloc(n, size)) : NULL;
}
void *realloc(void *p, size_t size) {
	if (!may_allocate())
		return NULL;
	return p ? __libc_realloc(p, size) : count(__libc_malloc(size));
}
void free(void *p) {
	live -= p != NULL;
	__libc_free(p);
}

/*
 * Calls fn with one more allocation allowed each time until none is refused. fn says -ENOMEM, or 0 when all is as it
 * should be, which can be in spite of a refusal: libc does without the shrinking of a buffer. Nothing may stay behind.
 */
static void run_out_everywhere(int (*fn)(void *arg), void *arg) {
	long n = 0, failures = 0;
	do {
		ran_out = false;
		allocations_left = n++;
		long before = live;
		int r = fn(arg);
		allocations_left = -1;
		assert_int_equal(live, before);
		assert_true(r == 0 || (ran_out && r == -ENOMEM));
		failures += r != 0;
	} while (ran_out);
	assert_true(failures > 0);
}

static struct find_match match_at(const char *sink, const char *value) {
	return (struct find_match){
	    .rule = &test_email,
	    .text = value,
	    .text_len = strlen(value),
	    .end = strlen(value),
	    .sink_kind = "file",
	    .sink_name = sink,
	    .process_name = "shop",
	    .executable = "/usr/bin/shop",
	};
}

/* So many sinks that every table grows: books of a watch that has run out now and then. */
static int fill_findings(void *arg) {
	struct findings *f = NULL;
	int r = findings_new(&f, arg), worst = r;
	uint64_t added = 0, counted = 0;
	for (int i = 0; i < 100 && f; i++) {
		char sink[32];
		snprintf(sink, sizeof(sink), "/var/log/%d.log", i % 40);
		const struct find_match m = match_at(sink, i & 1 ? "john@example.org" : "jane@example.org");
		struct finding *finding = NULL;
		r = findings_add(f, &m, &finding);
		added++;
		worst = r < 0 ? r : worst;
		if (r >= 0 ? !finding->count || finding->distinct > finding->count : finding != NULL)
			worst = -EINVAL;
	}
	for (size_t i = 0; f && i < findings_len(f); i++)
		counted += findings_at(f, i)->count;
	if (f && (findings_matches(f) != added || counted + findings_unplaced(f) != added))
		worst = -EINVAL;
	findings_free(f);
	return worst;
}

static void every_match_is_counted_or_unplaced(void **state) {
	(void)state;
	struct find_key *key;
	bool ephemeral;
	assert_int_equal(find_key_open(&key, NULL, &ephemeral), 0);
	run_out_everywhere(fill_findings, key);
	find_key_free(key);
}

static int judge(void *arg) {
	(void)arg;
	struct summary s = {.seen_bytes = 10, .seen_writes = 1, .findings = 1, .matches = 1, .min_records = 1};
	s.lost[WIRE_LOSS_FAULT] = (struct capture_loss){10, 1};
	int r = summary_judge(&s);
	if (s.verdict != VERDICT_FAIL || s.reasons_len != (r ? 0 : 3))
		r = -EINVAL;
	summary_release(&s);
	return r;
}

static void a_verdict_is_right_even_without_its_reasons(void **state) {
	(void)state;
	run_out_everywhere(judge, NULL);
}

static int format_both(void *arg) {
	const struct emit_format *format = arg;
	const struct emit_context context = {.host_name = "host-1"};
	const struct finding f = test_finding();
	struct summary s = {
	    .reasons = {TEXT("2 findings")}, .reasons_len = 1, .blind_spots = test_spots, .blind_spots_len = 2};
	char *finding = format->finding(&f, &context), *summary = format->summary(&s, &context);
	int r = finding && summary ? 0 : -ENOMEM;
	free(finding);
	free(summary);
	return r;
}

static void a_format_gives_a_whole_line_or_none(void **state) {
	(void)state;
	run_out_everywhere(format_both, (void *)(uintptr_t)emit_format_find("text"));
	run_out_everywhere(format_both, (void *)(uintptr_t)emit_format_find("jsonl"));
}

static int emit_some(void *arg) {
	struct emitter *e = NULL;
	struct finding f = test_finding();
	int r = emitter_open(&e, arg, "/dev/null", false);
	for (f.index = 0; !r && f.index < 100; f.index += 20)
		r = emitter_finding(e, &f, 0, true);
	int closed = emitter_close(e);
	return closed ? closed : r;
}

static void an_emitter_says_when_memory_runs_out(void **state) {
	(void)state;
	run_out_everywhere(emit_some, (void *)(uintptr_t)emit_format_find("jsonl"));
}

/* Strings and numbers that are as long as the lexer's buffer, or longer by one. */
static void json_is_read_whole_or_not_at_all(void **state) {
	(void)state;
	static const char text[] = "{\"a\":123456789012345,\"b\":1234567890123456,\"cdefghijklmno\":[\"abcdefghijklm\","
	                           "\"abcdefghijklmnopqrstuvwxyzabcd\",1234567890123456789012345678.5,"
	                           "1e-0000000000000000000000000000000000000000000000000000000000001,\"\\u00e4\\n\"]}";
	json_auto_t *whole = NULL;
	assert_int_equal(json_decode(text, strlen(text), 0, &whole), 0);
	long failures = 0;
	only_once = ran_out = true;
	for (long n = 0; ran_out; n++) {
		json_auto_t *value = NULL;
		ran_out = false;
		allocations_left = n;
		int r = json_decode(text, strlen(text), 0, &value);
		allocations_left = -1;
		assert_int_equal(r, ran_out ? -ENOMEM : 0);
		assert_true(r || json_equal(value, whole));
		failures += r != 0;
	}
	only_once = false;
	assert_true(failures > 20);
	assert_int_equal(json_decode("{", 1, 0, &whole), -EBADMSG);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(json_is_read_whole_or_not_at_all),
	    cmocka_unit_test(every_match_is_counted_or_unplaced),
	    cmocka_unit_test(a_verdict_is_right_even_without_its_reasons),
	    cmocka_unit_test(a_format_gives_a_whole_line_or_none),
	    cmocka_unit_test(an_emitter_says_when_memory_runs_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
