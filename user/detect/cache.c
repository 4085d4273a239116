/* SPDX-License-Identifier: MIT */
#include "detect/cache.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "detect/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define CACHE_FORMAT 1
#define CACHE_MAX_BYTES (64u << 20)

struct header {
	char magic[8];
	uint32_t format, reserved;
	uint64_t len_bytes; /* of the database that follows */
	XXH128_hash_t sum;  /* of it */
};

static const char magic[8] = "lspillhs";

/* The rules' own hash would name more than the database depends on: each `--only` changes the expressions. */
char *cache_path(const char *dir, const struct anchors *a) {
	hs_platform_info_t platform = {0};
	XXH3_state_t *state = XXH3_createState();
	char *path = NULL;

	if (!state)
		return NULL;
	if (hs_populate_platform(&platform) == HS_SUCCESS) {
		XXH3_128bits_reset(state);
		XXH3_128bits_update(state, hs_version(), strlen(hs_version()) + 1);
		XXH3_128bits_update(state, &platform, sizeof(platform));
		for (size_t i = 0; i < a->len; i++)
			XXH3_128bits_update(state, a->items[i].expression, strlen(a->items[i].expression) + 1);
		XXH128_hash_t h = XXH3_128bits_digest(state);
		if (asprintf(&path, "%s/rules-%016llx%016llx.hs", dir, (unsigned long long)h.high64,
		             (unsigned long long)h.low64) < 0)
			path = NULL;
	}
	XXH3_freeState(state);
	return path;
}

/* The file itself and nobody's but ours: a database is code in all but name. */
static int open_own(const char *path, size_t *ret_len) {
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022)
		return -EPERM;
	if (st.st_size <= (off_t)sizeof(struct header) || st.st_size > CACHE_MAX_BYTES)
		return -EBADMSG;
	*ret_len = st.st_size;
	return take_fd(&fd);
}

int cache_load(const char *path, hs_database_t **ret) {
	size_t len = 0;
	_cleanup_close_ int fd = open_own(path, &len);
	_cleanup_free_ char *bytes = fd >= 0 ? malloc(len) : NULL;
	struct header h;

	if (fd < 0)
		return fd;
	if (!bytes)
		return -ENOMEM;
	int err = file_read_exactly(fd, bytes, len);
	if (err)
		return err;
	memcpy(&h, bytes, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) || h.format != CACHE_FORMAT || h.len_bytes != len - sizeof(h))
		return -EBADMSG;
	XXH128_hash_t sum = XXH3_128bits(bytes + sizeof(h), h.len_bytes);
	if (!XXH128_isEqual(sum, h.sum))
		return -EBADMSG;
	/* Checks the version and the CPU once more. */
	return hs_deserialize_database(bytes + sizeof(h), h.len_bytes, ret) == HS_SUCCESS ? 0 : -EBADMSG;
}

int cache_store(const char *dir, const char *path, const struct buf *database) {
	struct header h = {.format = CACHE_FORMAT};
	_cleanup_(buf_release) struct buf bytes = {0};
	int err = file_mkdirs(dir, 0700);

	if (err)
		return err;
	memcpy(h.magic, magic, sizeof(magic));
	h.len_bytes = database->len;
	h.sum = XXH3_128bits(database->data, database->len);
	err = buf_append(&bytes, &h, sizeof(h));
	if (!err)
		err = buf_append(&bytes, database->data, database->len);
	return err ? err : file_write_atomic(path, bytes.data, bytes.len, 0600);
}
