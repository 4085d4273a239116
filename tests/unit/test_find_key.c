/* SPDX-License-Identifier: MIT */
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "find/key.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

struct place {
	char dir[64], file[80];
};

static int make_place(void **state) {
	struct place *p = calloc(1, sizeof(*p));
	strcpy(p->dir, "/tmp/test_find_key.XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	snprintf(p->file, sizeof(p->file), "%s/key", p->dir);
	*state = p;
	return 0;
}

static int remove_place(void **state) {
	struct place *p = *state;
	unlink(p->file);
	int r = rmdir(p->dir); /* fails if anything but the key was left behind */
	free(p);
	return r;
}

static void fingerprint_under(const char *dir, bool want_ephemeral, char ret[FIND_FINGERPRINT_SIZE]) {
	struct find_key *key;
	bool ephemeral;
	assert_int_equal(find_key_open(&key, dir, &ephemeral), 0);
	assert_int_equal(ephemeral, want_ephemeral);
	find_key_fingerprint(key, "value", 5, ret);
	find_key_free(key);
}

static void a_key_is_made_once_and_private(void **state) {
	struct place *p = *state;
	char first[FIND_FINGERPRINT_SIZE], second[FIND_FINGERPRINT_SIZE];
	struct stat st;
	fingerprint_under(p->dir, false, first);
	fingerprint_under(p->dir, false, second);
	assert_string_equal(first, second);
	assert_int_equal(strlen(first), 32);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 32);
}

static void a_missing_state_directory_is_made_private(void **state) {
	struct place *p = *state;
	char dir[96], key[112], fingerprint[FIND_FINGERPRINT_SIZE];
	struct stat st;
	snprintf(dir, sizeof(dir), "%s/state", p->dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	fingerprint_under(dir, false, fingerprint);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* Computed apart from this program: BLAKE2b-128 under the subkey of libsodium's KDF (BLAKE2b with salt 1 and the
 * context "evidence" as its personalisation) of the key 00 01 .. 1f. */
static void a_fingerprint_is_what_it_says(void **state) {
	struct place *p = *state;
	unsigned char bytes[32];
	char fingerprint[FIND_FINGERPRINT_SIZE];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(file_write_atomic(p->file, bytes, sizeof(bytes), 0600), 0);
	fingerprint_under(p->dir, false, fingerprint);
	assert_string_equal(fingerprint, "7fede5984470aab1138f0e82dc4dfdd7");
}

/* By the same way: the subkey 3 itself. */
static void an_id_tells_which_key_it_is(void **state) {
	struct place *p = *state;
	unsigned char bytes[32];
	struct find_key *key, *other;
	char id[FIND_KEY_ID_SIZE], other_id[FIND_KEY_ID_SIZE];
	bool ephemeral;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(file_write_atomic(p->file, bytes, sizeof(bytes), 0600), 0);
	assert_int_equal(find_key_open(&key, p->dir, &ephemeral), 0);
	assert_int_equal(find_key_open(&other, NULL, &ephemeral), 0);
	find_key_id(key, id);
	find_key_id(other, other_id);
	assert_string_equal(id, "9cd86edf8d67ffd38bf419249b43590d");
	assert_string_not_equal(id, other_id);
	find_key_free(key);
	find_key_free(other);
}

static void without_a_directory_each_key_is_another(void **state) {
	(void)state;
	char first[FIND_FINGERPRINT_SIZE], second[FIND_FINGERPRINT_SIZE];
	fingerprint_under(NULL, true, first);
	fingerprint_under(NULL, true, second);
	assert_string_not_equal(first, second);
	fingerprint_under("/proc/no/such/directory", true, first);
	fingerprint_under("/dev/null", true, first);
}

static void write_key(const char *path, size_t len, mode_t mode) {
	static const char bytes[64];
	assert_int_equal(file_write_atomic(path, bytes, len, mode), 0);
}

static void a_key_that_others_could_read_is_not_used(void **state) {
	struct place *p = *state;
	static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0666};
	char fingerprint[FIND_FINGERPRINT_SIZE];
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		write_key(p->file, 32, modes[i]);
		fingerprint_under(p->dir, true, fingerprint);
	}
	write_key(p->file, 32, 0400);
	fingerprint_under(p->dir, false, fingerprint);
}

static void a_key_of_the_wrong_size_is_not_used(void **state) {
	struct place *p = *state;
	static const size_t sizes[] = {0, 31, 33, 64};
	char fingerprint[FIND_FINGERPRINT_SIZE];
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		write_key(p->file, sizes[i], 0600);
		fingerprint_under(p->dir, true, fingerprint);
	}
}

static void a_key_that_is_no_regular_file_is_not_used(void **state) {
	struct place *p = *state;
	char fingerprint[FIND_FINGERPRINT_SIZE], real[96];
	snprintf(real, sizeof(real), "%s/real", p->dir);
	write_key(real, 32, 0600);
	assert_int_equal(symlink("real", p->file), 0);
	fingerprint_under(p->dir, true, fingerprint);
	assert_int_equal(unlink(p->file) | unlink(real), 0);
	assert_int_equal(mkfifo(p->file, 0600), 0);
	fingerprint_under(p->dir, true, fingerprint);
	assert_int_equal(unlink(p->file), 0);
	assert_int_equal(symlink("nowhere", p->file), 0);
	fingerprint_under(p->dir, true, fingerprint);
}

static void a_key_of_somebody_else_is_not_used(void **state) {
	struct place *p = *state;
	char fingerprint[FIND_FINGERPRINT_SIZE];
	if (geteuid()) {
		print_message("SKIP: only root can give a file away\n");
		skip();
	}
	write_key(p->file, 32, 0600);
	assert_int_equal(chown(p->file, 65534, 65534), 0);
	fingerprint_under(p->dir, true, fingerprint);
}

#define PROCESSES 8

static void processes_that_start_together_agree_on_one_key(void **state) {
	struct place *p = *state;
	int start[2], out[2];
	assert_int_equal(pipe(start) | pipe(out), 0);
	for (int i = 0; i < PROCESSES; i++) {
		if (fork())
			continue;
		char go, fingerprint[FIND_FINGERPRINT_SIZE];
		struct find_key *key;
		bool ephemeral = true;
		close(start[1]);
		if (read(start[0], &go, 1) || find_key_open(&key, p->dir, &ephemeral) || ephemeral)
			_exit(1);
		find_key_fingerprint(key, "value", 5, fingerprint);
		_exit(write(out[1], fingerprint, sizeof(fingerprint)) != sizeof(fingerprint));
	}
	close(start[1]);
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	char fingerprints[PROCESSES][FIND_FINGERPRINT_SIZE];
	assert_int_equal(read(out[0], fingerprints, sizeof(fingerprints)), sizeof(fingerprints));
	for (int i = 1; i < PROCESSES; i++)
		assert_string_equal(fingerprints[i], fingerprints[0]);
	close(start[0]);
	close(out[0]);
	close(out[1]);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void) {
	const struct CMUnitTest tests[] = {
	    WITH_PLACE(a_key_is_made_once_and_private),
	    WITH_PLACE(a_missing_state_directory_is_made_private),
	    WITH_PLACE(a_fingerprint_is_what_it_says),
	    WITH_PLACE(an_id_tells_which_key_it_is),
	    cmocka_unit_test(without_a_directory_each_key_is_another),
	    WITH_PLACE(a_key_that_others_could_read_is_not_used),
	    WITH_PLACE(a_key_of_the_wrong_size_is_not_used),
	    WITH_PLACE(a_key_that_is_no_regular_file_is_not_used),
	    WITH_PLACE(a_key_of_somebody_else_is_not_used),
	    WITH_PLACE(processes_that_start_together_agree_on_one_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
