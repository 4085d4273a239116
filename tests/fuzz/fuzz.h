/* SPDX-License-Identifier: MIT */
/*
 * What the targets of the fuzzer share. A target is one file, fuzz_NAME.c, which takes any bytes; its seeds are the
 * files of seeds/NAME/. It is run by libFuzzer (tests/fuzz/run.sh), or over the seeds alone (tests/fuzz/seeds.c).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/file.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is not so is a crash. */
static inline void must(bool holds, const char *what) {
	if (holds)
		return;
	fprintf(stderr, "must: %s\n", what);
	abort();
}

/* Bytes of the input, taken from its front; zeroes when it has ended. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_input *in) {
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static inline uint16_t fuzz_short(struct fuzz_input *in) {
	uint16_t high = (uint16_t)(fuzz_byte(in) << 8);
	return high | fuzz_byte(in);
}

static char fuzz_folder[128];

static inline int fuzz_remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline void fuzz_remove_folder(void) {
	nftw(fuzz_folder, fuzz_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of that name in a folder of our own, which goes when the program ends. */
static inline const char *fuzz_path(char ret[static 160], const char *name) {
	if (!*fuzz_folder) {
		const char *where = getenv("TMPDIR");
		snprintf(fuzz_folder, sizeof(fuzz_folder), "%s/fuzz-XXXXXX", where && strlen(where) < 64 ? where : "/tmp");
		must(mkdtemp(fuzz_folder), "a folder of our own");
		atexit(fuzz_remove_folder);
	}
	snprintf(ret, 160, "%s/%s", fuzz_folder, name);
	return ret;
}

/* The same, a file of these bytes. */
static inline const char *fuzz_file(char ret[static 160], const char *name, const void *data, size_t size) {
	FILE *f = fopen(fuzz_path(ret, name), "w");
	must(f && (!size || fwrite(data, size, 1, f) == 1) && !fclose(f), "a file of the input");
	return ret;
}

#endif
