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
	skip_unless_possible();
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

int main(void) {
	const struct CMUnitTest tests[] = {
	    BOTH_HOOKS(a_log_written_through_memory_is_named),
	    BOTH_HOOKS(a_mapping_that_is_made_writable_later_is_named),
	    BOTH_HOOKS(a_validated_shared_mapping_is_named),
	    BOTH_HOOKS(a_mapping_that_a_child_inherits_is_named_once),
	    BOTH_HOOKS(mappings_that_write_nothing_are_no_blind_spot),
	    BOTH_HOOKS(what_is_mapped_and_no_log_is_no_blind_spot),
	    BOTH_HOOKS(a_log_mapped_before_the_watch_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
