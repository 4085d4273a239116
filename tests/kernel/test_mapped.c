/* SPDX-License-Identifier: MIT */
/* Logs written through memory: no call shows the bytes, so the log is named. */
#include "harness.h"

#define MAP_LEN 8192

static int must_open_sized(const char *path, int flags) {
	int fd = must_open(path, flags | O_CREAT);
	must(!ftruncate(fd, MAP_LEN));
	return fd;
}

static char *must_map(int fd, int prot, int flags) {
	char *p = mmap(NULL, MAP_LEN, prot, flags, fd, 0);
	must(p != MAP_FAILED);
	return p;
}

static void write_through_memory(const void *path) {
	int fd = must_open_sized(path, O_RDWR);
	strcpy(must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), "a line in memory\n");
	close(fd);
}

static void write_after_mprotect(const void *path) {
	char *p = must_map(must_open_sized(path, O_RDWR), PROT_READ, MAP_SHARED);
	must(!mprotect(p, MAP_LEN, PROT_READ | PROT_WRITE));
	strcpy(p, "a line in memory\n");
}

static void write_synchronously(const void *path) {
	/* The flag asks for a file system that can do it, and is refused elsewhere. */
	int fd = must_open_sized(path, O_RDWR);
	must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE);
}

static void write_from_a_child(const void *path) {
	char *p = must_map(must_open_sized(path, O_RDWR), PROT_READ | PROT_WRITE, MAP_SHARED);
	pid_t pid = fork();
	if (!pid) {
		strcpy(p, "a line in memory\n");
		_exit(0);
	}
	must_exit_0(pid);
}

static void map_harmlessly(const void *path) {
	int fd = must_open_sized(path, O_RDWR), reader = must_open(path, O_RDONLY);
	strcpy(must_map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE), "not for the file");
	must_map(reader, PROT_READ, MAP_SHARED);
	must_map(-1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
	must(mmap(NULL, MAP_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, -1, 0) == MAP_FAILED);
}

static void assert_mapped(struct watch *w, void (*writer)(const void *)) {
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, writer, path);
	assert_lost_nothing(w);
	struct wire_amount n = watch_blind(w, WIRE_BLIND_MAPPING, path);
	assert_int_equal(n.events, 1);
	assert_int_equal(n.bytes, MAP_LEN);
	assert_int_equal(w->blind.len, 1);
	assert_int_equal(w->totals.seen_writes, 0);
}

static void a_log_written_through_memory_is_named(void **state) {
	assert_mapped(*state, write_through_memory);
}

static void a_mapping_that_is_made_writable_later_is_named(void **state) {
	assert_mapped(*state, write_after_mprotect);
}

static void a_validated_shared_mapping_is_named(void **state) {
	assert_mapped(*state, write_synchronously);
}

static void a_mapping_that_a_child_inherits_is_named_once(void **state) {
	assert_mapped(*state, write_from_a_child);
}

static void mappings_that_write_nothing_are_no_blind_spot(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_run(w, map_harmlessly, path);
	assert_int_equal(w->blind.len, 0);
}

static void what_is_mapped_and_no_log_is_no_blind_spot(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.db", path);
	watch_run(w, write_through_memory, path);
	assert_int_equal(w->blind.len, 0);
	assert_int_equal(w->judged, 1);
}

static void write_later(const void *path) {
	(void)path;
	strcpy((char *)(uintptr_t)told[0], "a line in memory\n");
}

/* The writer has its mapping from the test, before the watch is on it. */
static void a_log_mapped_before_the_watch_is_named(void **state) {
	struct watch *w = *state;
	char path[108], other[108];
	watch_path(w, "a b\n.log", path);
	watch_path(w, "a.db", other);
	int fd = must_open_sized(path, O_RDWR), other_fd = must_open_sized(other, O_RDWR);
	char *p = must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	char *q = must_map(other_fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	close(fd);
	close(other_fd);
	told[0] = (uint64_t)(uintptr_t)p;
	watch_run(w, write_later, NULL);
	munmap(p, MAP_LEN);
	munmap(q, MAP_LEN);
	assert_int_equal(w->blind.len, 1);
	assert_int_equal(watch_blind(w, WIRE_BLIND_MAPPING, path).events, 1);
	assert_int_equal(watch_blind(w, WIRE_BLIND_MAPPING, path).bytes, MAP_LEN);
}

static void watch_open_following(struct watch *w) {
	watch_open_with(w, (struct capture_config){.follow_mapped = true});
}

static void assert_followed(struct watch *w, const char *text) {
	size_t len = strlen(text), at = 0;
	assert_int_equal(w->bytes, len);
	assert_int_equal(w->totals.seen_bytes, len);
	for (size_t i = 0; i < w->taken_len; at += w->taken[i++].len)
		assert_memory_equal(w->taken[i].data, text + at, w->taken[i].len);
}

static void write_line_by_line(const void *path) {
	int fd = must_open_sized(path, O_RDWR);
	char *p = must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	close(fd);
	p = stpcpy(p, "first\n");
	writer_pause();
	p = stpcpy(p, "second\n");
	pid_t pid = fork();
	if (!pid) {
		stpcpy(p, "third\n");
		_exit(0);
	}
	must_exit_0(pid);
}

static void a_mapped_log_is_followed_as_it_grows(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	struct writer writer = writer_start(write_line_by_line, path);
	watch_open_following(w);
	watch_writer(w, &writer);
	writer_go(w, &writer);
	writer_await(w, &writer);
	watch_until_bytes(w, 6);
	assert_taken_text(w, 0, "first\n");
	assert_int_equal(w->taken[0].pid, writer.pid);
	assert_string_equal(w->taken[0].sink->name, path);
	writer_resume(&writer);
	writer_join(w, &writer);
	watch_finish(w);
	assert_followed(w, "first\nsecond\nthird\n");
	assert_lost_nothing(w);
	assert_int_equal(w->blind.len, 0);
}

static void map_what_comes(const void *path) {
	int fd = must_open_sized(path, O_RDWR);
	must(!ftruncate(fd, 3 * MAP_LEN));
	char *p = mmap(NULL, MAP_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, fd, MAP_LEN);
	must(p != MAP_FAILED);
	strcpy(p, "from here\n");
}

/* What stood there before the mapping's begin is not what the writer wrote. */
static void following_begins_where_the_mapping_does(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "an old line\n", 12), 12);
	close(fd);
	watch_open_following(w);
	watch_run(w, map_what_comes, path);
	assert_followed(w, "from here\n");
	assert_int_equal(w->blind.len, 0);
}

static void write_with_a_hole(const void *path) {
	char *p = must_map(must_open_sized(path, O_RDWR), PROT_READ | PROT_WRITE, MAP_SHARED);
	strcpy(p, "first\n");
	strcpy(p + 4096, "beyond\n");
}

static void what_is_written_beyond_a_hole_leaves_the_log_named(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_open_following(w);
	watch_run(w, write_with_a_hole, path);
	assert_followed(w, "first\n");
	assert_int_equal(watch_blind(w, WIRE_BLIND_MAPPING, path).events, 1);
}

static void write_in_both_ways(const void *path) {
	int fd = must_open_sized(path, O_RDWR);
	strcpy(must_map(fd, PROT_READ | PROT_WRITE, MAP_SHARED), "by memory\n");
	must(pwrite(fd, "by call\n", 8, 10) == 8);
}

static void a_mapped_log_that_is_written_by_calls_too_is_named(void **state) {
	struct watch *w = *state;
	char path[108];
	watch_path(w, "a.log", path);
	watch_open_following(w);
	watch_run(w, write_in_both_ways, path);
	assert_lost_nothing(w);
	assert_int_equal(watch_blind(w, WIRE_BLIND_MAPPING, path).events, 1);
}

#define LONG_LINES 40000

static void write_much(const void *path) {
	int fd = must_open(path, O_RDWR | O_CREAT);
	must(!ftruncate(fd, 8 * LONG_LINES));
	char *p = mmap(NULL, 8 * LONG_LINES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	for (int i = 0; i < LONG_LINES; i++) {
		char line[16];
		snprintf(line, sizeof(line), "%07d\n", i);
		memcpy(p + 8 * i, line, 8);
	}
}

static void a_long_mapped_log_comes_whole_and_once(void **state) {
	struct watch *w = *state;
	char path[108], line[16];
	watch_path(w, "a.log", path);
	watch_open_following(w);
	watch_run(w, write_much, path);
	assert_lost_nothing(w);
	assert_int_equal(w->bytes, 8 * LONG_LINES);
	uint64_t at = 0;
	for (size_t i = 0; i < w->taken_len; i++) {
		for (size_t j = 0; j < w->taken[i].len; j++, at++) {
			snprintf(line, sizeof(line), "%07d\n", (int)(at / 8));
			if (w->taken[i].data[j] != line[at % 8])
				fail_msg("byte %llu came changed", (unsigned long long)at);
		}
	}
	assert_int_equal(w->blind.len, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(a_log_written_through_memory_is_named),
	    BOTH_HOOKS(a_mapping_that_is_made_writable_later_is_named),
	    BOTH_HOOKS(a_validated_shared_mapping_is_named),
	    BOTH_HOOKS(a_mapping_that_a_child_inherits_is_named_once),
	    BOTH_HOOKS(mappings_that_write_nothing_are_no_blind_spot),
	    BOTH_HOOKS(what_is_mapped_and_no_log_is_no_blind_spot),
	    BOTH_HOOKS(a_log_mapped_before_the_watch_is_named),
	    BOTH_HOOKS(a_mapped_log_is_followed_as_it_grows),
	    BOTH_HOOKS(following_begins_where_the_mapping_does),
	    BOTH_HOOKS(what_is_written_beyond_a_hole_leaves_the_log_named),
	    BOTH_HOOKS(a_mapped_log_that_is_written_by_calls_too_is_named),
	    BOTH_HOOKS(a_long_mapped_log_comes_whole_and_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
