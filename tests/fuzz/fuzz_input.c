/* SPDX-License-Identifier: MIT */
/* A file of any bytes, compressed or not: it is read to its end or to its damage, and what is missing is said. */
#include "fuzz.h"

#include "scan/input.h"

#define BYTES_MAX (4 << 20) /* a bomb goes on for longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char path[160], piece[4096];
	struct input *in = NULL;
	size_t bytes = 0;
	ssize_t n = 0;
	if (size < 2 || input_open(&in, fuzz_file(path, "input", data + 1, size - 1)))
		return 0;
	size_t step = INPUT_READ_MIN + *data * 16;
	input_is_binary(in);
	while (bytes < BYTES_MAX && (n = input_read(in, piece, step)) > 0) {
		must((size_t)n <= step, "no more than was asked for");
		bytes += (size_t)n;
	}
	must(input_bytes_read(in) <= size - 1, "no more than there is has been read");
	if (n < 0)
		must(input_bytes_unread(in) >= 1, "of what is damaged something is missing");
	input_close(in);
	return 0;
}
