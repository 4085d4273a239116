/* SPDX-License-Identifier: MIT */
/* Takes the place of libFuzzer: each seed of the target once, and each without its end. Run from the root. */
#include "fuzz.h"

#include "base/buf.h"

#include <dirent.h>

static size_t run(const char *path) {
	struct buf bytes = {0};
	must(!file_read(path, 1 << 20, &bytes), path);
	fprintf(stderr, "%s\n", path);
	for (size_t len = bytes.len, step = bytes.len / 8 + 1;; len -= step) {
		/* Of its own size, so that a sanitizer sees any read beyond. */
		uint8_t *exact = malloc(len + !len);
		must(exact, "memory");
		memcpy(exact, bytes.data ? bytes.data : "", len);
		LLVMFuzzerTestOneInput(exact, len);
		free(exact);
		if (len < step)
			break;
	}
	buf_release(&bytes);
	return 1;
}

int main(int argc, char **argv) {
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	char folder[128], path[512];
	size_t seeds = 0;
	snprintf(folder, sizeof(folder), "tests/fuzz/seeds/%s", name + strlen("fuzz_"));
	DIR *dir = argc == 1 ? opendir(folder) : NULL;
	must(dir, folder);
	for (struct dirent *e; (e = readdir(dir));)
		if (e->d_name[0] != '.' && (size_t)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) < sizeof(path))
			seeds += run(path);
	closedir(dir);
	must(seeds, "seeds");
	printf("[  PASSED  ] %zu test(s).\n", seeds);
	return 0;
}
