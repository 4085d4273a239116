/* SPDX-License-Identifier: MIT */
#include "capture/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct setting {
	char path[64];
	int fd;
	struct followers followers;
	struct sink sink;
	struct process process;
	struct wire_mapped mapped;
	char taken[256];
	size_t taken_len;
};

static char executable[] = "/usr/bin/shop", cgroup[] = "/shop.slice", command_line[] = "shop --once";

static int setup(void **state) {
	struct setting *s = calloc(1, sizeof(*s));
	struct stat st;
	strcpy(s->path, "/tmp/follow-XXXXXX");
	s->fd = mkostemp(s->path, O_CLOEXEC);
	if (s->fd < 0 || ftruncate(s->fd, 4096) || fstat(s->fd, &st))
		return -1;
	s->sink.name = s->path;
	s->process =
	    (struct process){.pid = 4711, .executable = executable, .cgroup = cgroup, .command_line = command_line};
	s->mapped = (struct wire_mapped){.tgid = (__u32)getpid(), .sink.ino = st.st_ino, .len = 4096, .fd = s->fd};
	followers_init(&s->followers);
	*state = s;
	return 0;
}

static int teardown(void **state) {
	struct setting *s = *state;
	followers_release(&s->followers);
	unlink(s->path);
	close(s->fd);
	free(s);
	return 0;
}

static void take_write(void *arg, const struct capture_write *w) {
	struct setting *s = arg;
	assert_ptr_equal(w->sink, &s->sink);
	assert_int_equal(w->process->pid, 4711);
	assert_string_equal(w->process->executable, executable);
	assert_true(s->taken_len + w->len < sizeof(s->taken));
	memcpy(s->taken + s->taken_len, w->data, w->len);
	s->taken_len += w->len;
}

static void put(struct setting *s, const char *text, off_t at) {
	assert_int_equal(pwrite(s->fd, text, strlen(text), at), strlen(text));
}

static struct follower *follow(struct setting *s) {
	assert_int_equal(followers_add(&s->followers, &s->sink, &s->process, &s->mapped), 0);
	return followers_next(&s->followers, NULL);
}

static void assert_read(struct setting *s, struct follower *f, const char *all) {
	assert_int_equal(follower_read(&s->followers, f, take_write, s), 0);
	assert_int_equal(s->taken_len, strlen(all));
	assert_memory_equal(s->taken, all, strlen(all));
	assert_int_equal(s->followers.read[0].bytes, strlen(all));
}

static void what_grows_is_read_once(void **state) {
	struct setting *s = *state;
	struct follower *f = follow(s);
	assert_read(s, f, "");
	put(s, "first\n", 0);
	assert_read(s, f, "first\n");
	put(s, "second", 6);
	assert_read(s, f, "first\nsecond");
	assert_read(s, f, "first\nsecond");
	assert_int_equal(s->followers.read[0].writes, 2);
	assert_true(follower_is_complete(&s->followers, f));
}

static void what_lies_beyond_a_hole_is_noticed(void **state) {
	struct setting *s = *state;
	struct follower *f = follow(s);
	put(s, "first\n", 0);
	put(s, "beyond\n", 2000);
	assert_read(s, f, "first\n");
	assert_false(follower_is_complete(&s->followers, f));
}

static void a_log_mapped_twice_is_followed_once(void **state) {
	struct setting *s = *state;
	struct follower *f = follow(s);
	follow(s);
	assert_null(followers_next(&s->followers, f));
	f->failed = true;
	assert_int_equal(followers_add(&s->followers, &s->sink, &s->process, &s->mapped), -ENOTSUP);
}

static void a_descriptor_that_was_closed_is_made_up_for_by_the_path(void **state) {
	struct setting *s = *state;
	s->mapped.fd = 1 << 20;
	put(s, "first\n", 0);
	assert_read(s, follow(s), "first\n");
}

static void another_file_of_that_name_is_not_followed(void **state) {
	struct setting *s = *state;
	s->mapped.sink.ino++;
	assert_int_equal(followers_add(&s->followers, &s->sink, &s->process, &s->mapped), -ESTALE);
	assert_null(followers_next(&s->followers, NULL));
}

static void nothing_stays_in_memory_behind_the_delivery(void **state) {
	struct setting *s = *state;
	struct follower *f = follow(s);
	put(s, "first\n", 0);
	assert_read(s, f, "first\n");
	assert_int_equal(s->followers.buf[0], 0);
}

static void its_process_is_known_when_it_has_gone(void **state) {
	struct setting *s = *state;
	struct follower *f = follow(s);
	memset(&s->process, 0xff, sizeof(s->process));
	assert_string_equal(f->process.executable, executable);
	assert_string_equal(f->process.cgroup, cgroup);
	assert_string_equal(f->process.command_line, command_line);
	assert_true(f->process.executable != executable && f->process.cgroup != cgroup &&
	            f->process.command_line != command_line);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
	const struct CMUnitTest tests[] = {
	    TEST(what_grows_is_read_once),
	    TEST(what_lies_beyond_a_hole_is_noticed),
	    TEST(a_log_mapped_twice_is_followed_once),
	    TEST(a_descriptor_that_was_closed_is_made_up_for_by_the_path),
	    TEST(another_file_of_that_name_is_not_followed),
	    TEST(its_process_is_known_when_it_has_gone),
	    TEST(nothing_stays_in_memory_behind_the_delivery),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
