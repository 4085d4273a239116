/* SPDX-License-Identifier: MIT */
#include "find/key.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_FILE "key"
#define MASTER_BYTES crypto_kdf_KEYBYTES

struct find_key {
	unsigned char fingerprint[crypto_generichash_KEYBYTES];
	unsigned char distinct[crypto_shorthash_KEYBYTES];
	unsigned char id[crypto_kdf_BYTES_MIN];
};

DEFINE_CLEANUP(struct find_key *, find_key_free)

/* A key file counts only if nobody else could have read it or put it there. */
static bool is_private(int fd) {
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077) &&
	       st.st_size == MASTER_BYTES;
}

static int read_master(int dir, unsigned char *ret) {
	/* O_NONBLOCK: a FIFO of that name must not hold us up. */
	_cleanup_close_ int fd = openat(dir, KEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (!is_private(fd) || read(fd, ret, MASTER_BYTES) != MASTER_BYTES)
		return -EPERM;
	return 0;
}

static int write_new_file(int dir, const char *name) {
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	unsigned char master[MASTER_BYTES];
	randombytes_buf(master, sizeof(master));
	int r = file_write_all(fd, master, sizeof(master));
	sodium_memzero(master, sizeof(master));
	if (!r && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* The file appears whole, and only the first of several processes makes it: link() never replaces. */
static int create_master(int dir) {
	char name[64];
	snprintf(name, sizeof(name), KEY_FILE ".%08x%08x", randombytes_random(), randombytes_random());
	int r = write_new_file(dir, name);
	if (!r && linkat(dir, name, dir, KEY_FILE, 0) < 0 && errno != EEXIST)
		r = -errno;
	if (r != -EEXIST)
		unlinkat(dir, name, 0);
	if (!r)
		fsync(dir);
	return r;
}

static int load_master(const char *state_dir, unsigned char *ret) {
	int r = file_mkdirs(state_dir, 0700);
	if (r)
		return r;
	_cleanup_close_ int dir = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	r = read_master(dir, ret);
	if (r == -ENOENT) {
		r = create_master(dir);
		if (!r)
			r = read_master(dir, ret);
	}
	return r;
}

int find_key_open(struct find_key **ret, const char *state_dir, bool *ret_ephemeral) {
	if (sodium_init() < 0)
		return -EIO;
	_cleanup_(find_key_freep) struct find_key *k = sodium_malloc(sizeof(*k));
	if (!k)
		return -ENOMEM;
	unsigned char master[MASTER_BYTES];
	bool ephemeral = !state_dir || load_master(state_dir, master) < 0;
	if (ephemeral)
		randombytes_buf(master, sizeof(master));
	crypto_kdf_derive_from_key(k->fingerprint, sizeof(k->fingerprint), 1, "evidence", master);
	crypto_kdf_derive_from_key(k->distinct, sizeof(k->distinct), 2, "evidence", master);
	crypto_kdf_derive_from_key(k->id, sizeof(k->id), 3, "evidence", master);
	sodium_memzero(master, sizeof(master));
	*ret_ephemeral = ephemeral;
	*ret = take(k);
	return 0;
}

void find_key_free(struct find_key *k) {
	sodium_free(k); /* overwrites it first */
}

void find_key_fingerprint(const struct find_key *k, const void *value, size_t len, char ret[FIND_FINGERPRINT_SIZE]) {
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash(hash, sizeof(hash), value, len, k->fingerprint, sizeof(k->fingerprint));
	sodium_bin2hex(ret, FIND_FINGERPRINT_SIZE, hash, sizeof(hash));
}

void find_key_id(const struct find_key *k, char ret[FIND_KEY_ID_SIZE]) {
	sodium_bin2hex(ret, FIND_KEY_ID_SIZE, k->id, sizeof(k->id));
}

uint64_t find_key_hash(const struct find_key *k, const void *value, size_t len) {
	uint64_t hash;
	crypto_shorthash((unsigned char *)&hash, value, len, k->distinct);
	return hash;
}
