/* SPDX-License-Identifier: MIT */
/* Blocks of many texts, texts of any length and any bytes, and the cache of compiled sets. */
#include "test_rules.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "detect/detector.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define EMAIL "aino@kuusikoti.fi"
#define SSN "536-22-8145"

static char *ssn_shapes[] = {"\\d{3}-\\d{2}-\\d{4}"};
static char *password_keys[] = {"*password"};
static struct rule rule_items[] = {
    {EMAIL_RULE},
    {.id = "ssn", .index = 1, .entity = "US_SSN", .confidence = 0.9f, .shapes = {ssn_shapes, 1}, .validator = "us_ssn"},
    {.id = "password",
     .index = 2,
     .entity = "SECRET",
     .confidence = 0.9f,
     .keys = {password_keys, 1},
     .value_min = 4,
     .value_max = 64},
};
static const struct rules rules = {.items = rule_items, .len = COUNT(rule_items)};

struct tally {
	size_t count, last_text, last_end;
	bool disorder;
};

static void count(void *arg, const struct detect_match *m) {
	struct tally *t = arg;

	if (t->count && (m->text < t->last_text || (m->text == t->last_text && m->start < t->last_end)))
		t->disorder = true;
	t->count++;
	t->last_text = m->text;
	t->last_end = m->end;
}

static struct detect_set *set_new(const char *cache_dir) {
	struct detect_set *set = NULL;
	struct diags diags = {0};

	assert_int_equal(detect_set_new(&set, &rules, &(struct detect_options){.cache_dir = cache_dir}, &diags), 0);
	return set;
}

/* Scans a text of its own, copied to exactly its size. */
static struct tally scan(const struct detect_set *set, const char *s, size_t len,
                         struct detect_counters *ret_counters) {
	struct tally t = {0};
	const struct detect_text whole = {0, len};
	struct detector *d;
	char *copy = malloc(len + !len);

	assert_non_null(copy);
	memcpy(copy, s, len);
	assert_int_equal(detector_new(&d, set), 0);
	assert_int_equal(detector_scan(d, copy, len, &whole, 1, count, &t), 0);
	if (ret_counters)
		detector_counters(d, ret_counters);
	detector_free(d);
	free(copy);
	return t;
}

static void texts_of_a_block_do_not_see_each_other(void **state) {
	static const char block[] = "aino@\nkuusikoti.fi\0 536-22-\n8145 password=\nhunter2 " EMAIL "\n" SSN;
	struct detect_text texts[16];
	struct detect_set *set = set_new(NULL);
	struct detector *d;
	struct tally t = {0};
	size_t n = 0, len = sizeof(block) - 1;

	(void)state;
	for (size_t at = 0; at < len; n++) {
		size_t end = at;

		while (end < len && block[end] && block[end] != '\n')
			end++;
		texts[n] = (struct detect_text){at, end - at};
		at = end + 1;
	}
	assert_int_equal(detector_new(&d, set), 0);
	assert_int_equal(detector_scan(d, block, len, texts, n, count, &t), 0);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.last_text, n - 1);
	detector_free(d);
	detect_set_free(set);
}

static void a_value_is_found_once_wherever_it_lies_in_a_long_text(void **state) {
	struct detect_set *set = set_new(NULL);
	size_t len = 3 * SLAB_BYTES;
	char *text = malloc(len);

	(void)state;
	assert_non_null(text);
	for (size_t at = SLAB_BYTES - 2 * PIECE_OVERLAP_BYTES - 40; at < SLAB_BYTES + 40; at += 7) {
		memset(text, '.', len);
		memcpy(text + at, " " SSN " ", sizeof(SSN) + 1);
		memcpy(text + len - sizeof(EMAIL), " " EMAIL, sizeof(EMAIL));
		struct tally t = scan(set, text, len, NULL);
		assert_int_equal(t.count, 2);
		assert_int_equal(t.last_end, len);
		assert_false(t.disorder);
	}
	free(text);
	detect_set_free(set);
}

static void all_of_many_values_are_found(void **state) {
	static const size_t counts[] = {1, 100, 1000, 20000};
	struct detect_set *set = set_new(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		_cleanup_(buf_release) struct buf b = {0};
		struct detect_counters counters;

		for (size_t k = 0; k < counts[i]; k++)
			assert_int_equal(buf_append(&b, EMAIL " " SSN " ", sizeof(EMAIL) + sizeof(SSN)), 0);
		struct tally t = scan(set, b.data, b.len, &counters);
		assert_int_equal(t.count, 2 * counts[i]);
		assert_false(t.disorder);
		assert_int_equal(counters.refused_overflow, 0);
		assert_int_equal(counters.matches, 2 * counts[i]);
	}
	detect_set_free(set);
}

static void too_many_anchors_are_scanned_in_smaller_pieces(void **state) {
	struct detect_set *set = set_new(NULL);
	size_t len = 4 * SLAB_BYTES;
	char *text = malloc(len);
	struct detect_counters counters;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = i & 1 ? '@' : 'a';
	memcpy(text + len - sizeof(SSN), " " SSN, sizeof(SSN));
	assert_int_equal(scan(set, text, len, &counters).count, 1);
	assert_int_equal(counters.refused_overflow, 0);
	free(text);
	detect_set_free(set);
}

static uint32_t next_random(uint32_t *state) {
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void any_bytes_are_scanned_without_harm(void **state) {
	static const char *const pieces[] = {
	    "@",        "%40",         "\\u",    "\\\"",   "\"",       "password", "=",  ":", "://", "{",    "(", ")",
	    "VALUES (", "536-22-8145", "a@b.fi", " ",      "\\n",      "%22",      "::", ".", "-",   "+358", "'", "<",
	    ">",        "\xc3\xa4",    "\xff",   "&quot;", "\033[31m", "[",        "]",  ",", "eyJ", "\0",   "1", "a"};
	struct detect_set *set = set_new(NULL);
	uint32_t seed = 20261122;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char text[400];
		size_t len = 0, parts = next_random(&seed) % 30;

		for (size_t i = 0; i < parts; i++) {
			const char *piece = pieces[next_random(&seed) % COUNT(pieces)];
			size_t n = *piece ? strlen(piece) : 1;

			if (len + n <= sizeof(text))
				memcpy(text + len, piece, n);
			len += len + n <= sizeof(text) ? n : 0;
		}
		for (size_t i = 0; i < len; i++)
			if (next_random(&seed) % 16 == 0)
				text[i] = (char)next_random(&seed);
		assert_false(scan(set, text, len, NULL).disorder);
	}
	detect_set_free(set);
}

static void sifting_loses_nothing(void **state) {
	static char *shapes[] = {
	    "\\d{3}-\\d{2}-\\d{4}",       "\\d{2}\\.\\d{3}\\.\\d{3}-[0-9K]", "\\d{4}[ -]\\d{4}[ -]\\d{4}", "\\d{9}",
	    "\\d[A-Z]{2}\\d-[A-Z]{2}\\d", "[A-Z]{2} \\d{2} \\d{2}",          "\\(\\d{3}\\) \\d{3}",        "[A-Z]\\d{7}"};
	static const char *const pieces[] = {"1",   "22",  "333",  "4444", "55555", "999999999", "A",       "BC", "K",
	                                     "-",   " ",   ".",    "/",    "(",     ")",         ":",       "=",  "x",
	                                     "\\n", "%22", "9AB1", "CD2",  ", ",    "A1234567",  "\033[1m", "%4", "\\u00"};
	struct rule rule = {.id = "n", .entity = "N", .confidence = 0.9f, .shapes = {shapes, COUNT(shapes)}};
	const struct rules one = {.items = &rule, .len = 1};
	struct detect_set *sifted, *whole;
	struct diags diags = {0};
	uint32_t seed = 7;
	size_t found = 0;

	(void)state;
	assert_int_equal(detect_set_new(&sifted, &one, &(struct detect_options){0}, &diags), 0);
	assert_int_equal(detect_set_new(&whole, &one, &(struct detect_options){0}, &diags), 0);
	assert_true(sifted->digits_plain.sifts);
	whole->digits_plain.sifts = false;
	for (int round = 0; round < 20000; round++) {
		char text[256] = "";

		for (size_t i = next_random(&seed) % 40; i-- > 0;)
			strcat(text, pieces[next_random(&seed) % COUNT(pieces)]);
		struct tally a = scan(sifted, text, strlen(text), NULL), b = scan(whole, text, strlen(text), NULL);
		if (a.count != b.count || a.last_end != b.last_end)
			print_error("in: %s\n", text);
		assert_int_equal(a.count, b.count);
		assert_int_equal(a.last_end, b.last_end);
		found += a.count;
	}
	assert_true(found > 1000);
	detect_set_free(sifted);
	detect_set_free(whole);
}

static void masks_are_the_same_in_every_form(void **state) {
	uint64_t fast[MASK_KINDS * (5 + MASK_SPARE) + 1], slow[MASK_KINDS * (5 + MASK_SPARE) + 1];
	struct masks a, b;
	unsigned char bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7);
	masks_init(&a, fast, 5);
	masks_init(&b, slow, 5);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		memset(slow, 0, sizeof(slow));
		masks_fill_as(MASKS_PORTABLE, &b, (const char *)bytes, len);
		for (enum masks_form form = MASKS_AVX2; form <= masks_form_best(); form++) {
			memset(fast, 0, sizeof(fast));
			masks_fill_as(form, &a, (const char *)bytes, len);
			assert_memory_equal(fast, slow, sizeof(fast));
		}
	}
}

static void a_list_of_places_has_each_one_of_the_mask(void **state) {
	const uint64_t mask[] = {0, ~0ull, 1, 1ull << 63, 0x5555555555555555ull, 0x8000000100000001ull};
	uint16_t fast[COUNT(mask) * 64 + PLACES_SPARE], slow[COUNT(mask) * 64 + PLACES_SPARE];
	struct places a = {.at = fast}, b = {.at = slow};
	size_t n = 0;

	(void)state;
	places_fill(&a, mask, sizeof(mask) * 8);
	places_fill_portable(&b, mask, sizeof(mask) * 8);
	for (size_t at = 0; at < sizeof(mask) * 8; at++)
		if (mask[at / 64] >> at % 64 & 1) {
			assert_int_equal(fast[n], at);
			assert_int_equal(slow[n++], at);
		}
	assert_int_equal(a.len, n);
	assert_int_equal(b.len, n);
	places_seek(&a, 64);
	assert_int_equal(a.at[a.next], 64);
	places_seek(&a, 130);
	assert_int_equal(a.at[a.next], 255);
	places_seek(&a, 65);
	assert_int_equal(a.at[a.next], 65);
	places_seek(&a, sizeof(mask) * 8);
	assert_int_equal(a.next, n);
}

/* The cache file in dir: there is exactly one. */
static void cache_file(const char *dir, char *ret_path, size_t size) {
	DIR *d = opendir(dir);
	size_t files = 0;

	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.') {
			snprintf(ret_path, size, "%s/%s", dir, e->d_name);
			files++;
		}
	closedir(d);
	assert_int_equal(files, 1);
}

static void check_works(struct detect_set *set) {
	assert_int_equal(scan(set, EMAIL, strlen(EMAIL), NULL).count, 1);
	detect_set_free(set);
}

static void a_compiled_set_is_kept_for_its_owner_only(void **state) {
	const char *dir = *state;
	char path[512];
	struct stat st;

	check_works(set_new(dir));
	cache_file(dir, path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	ino_t first = st.st_ino;
	check_works(set_new(dir));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_ino, first);
}

static void write_back(const char *path, const struct buf *b, size_t len) {
	assert_int_equal(file_write_atomic(path, b->data, len, 0600), 0);
}

/* A set made beside a spoilt file works, and the file is as it was. */
static void check_heals(const char *dir, const char *path, const struct buf *good) {
	_cleanup_(buf_release) struct buf now = {0};

	check_works(set_new(dir));
	assert_int_equal(file_read(path, 1 << 24, &now), 0);
	assert_int_equal(now.len, good->len);
	assert_memory_equal(now.data, good->data, good->len);
}

static void a_damaged_cache_file_is_replaced(void **state) {
	const char *dir = *state;
	char path[512];
	_cleanup_(buf_release) struct buf good = {0};

	check_works(set_new(dir));
	cache_file(dir, path, sizeof(path));
	assert_int_equal(file_read(path, 1 << 24, &good), 0);
	for (size_t at = 0; at < good.len; at += at < 64 ? 1 : 211) {
		_cleanup_(buf_release) struct buf bad = {0};

		assert_int_equal(buf_append(&bad, good.data, good.len), 0);
		/* Not compared by anything: bytes that only pad the header. */
		if (at >= 12 && at < 16)
			continue;
		bad.data[at] ^= 0x40;
		write_back(path, &bad, bad.len);
		check_heals(dir, path, &good);
	}
	static const size_t cuts[] = {0, 1, 47, 48, 49, 1000};
	for (size_t i = 0; i < COUNT(cuts); i++) {
		write_back(path, &good, cuts[i]);
		check_heals(dir, path, &good);
	}
}

static void a_cache_file_that_others_may_write_is_not_trusted(void **state) {
	const char *dir = *state;
	char path[512], target[512];
	struct stat st;

	check_works(set_new(dir));
	cache_file(dir, path, sizeof(path));
	assert_int_equal(chmod(path, 0666), 0);
	check_works(set_new(dir));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	snprintf(target, sizeof(target), "%s/.moved", dir);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	check_works(set_new(dir));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void a_cache_that_cannot_be_written_is_done_without(void **state) {
	(void)state;
	check_works(set_new("/proc/1/no/such/place"));
}

static int make_dir(void **state) {
	char *dir = strdup("/tmp/test_detect.XXXXXX");

	*state = dir;
	return !dir || !mkdtemp(dir);
}

static int remove_dir(void **state) {
	DIR *d = opendir(*state);
	char path[512];

	for (struct dirent *e; d && (e = readdir(d));) {
		snprintf(path, sizeof(path), "%s/%s", (char *)*state, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(*state);
	free(*state);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_of_a_block_do_not_see_each_other),
	    cmocka_unit_test(a_value_is_found_once_wherever_it_lies_in_a_long_text),
	    cmocka_unit_test(all_of_many_values_are_found),
	    cmocka_unit_test(too_many_anchors_are_scanned_in_smaller_pieces),
	    cmocka_unit_test(any_bytes_are_scanned_without_harm),
	    cmocka_unit_test(sifting_loses_nothing),
	    cmocka_unit_test(masks_are_the_same_in_every_form),
	    cmocka_unit_test(a_list_of_places_has_each_one_of_the_mask),
	    cmocka_unit_test_setup_teardown(a_compiled_set_is_kept_for_its_owner_only, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(a_damaged_cache_file_is_replaced, make_dir, remove_dir),
	    cmocka_unit_test_setup_teardown(a_cache_file_that_others_may_write_is_not_trusted, make_dir, remove_dir),
	    cmocka_unit_test(a_cache_that_cannot_be_written_is_done_without),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
