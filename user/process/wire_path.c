/* SPDX-License-Identifier: MIT */
#include "process/wire_path.h"

#include <string.h>

void wire_path(const __u8 *names, uint32_t len, bool rooted, char *ret, size_t size) {
	size_t used = 0, start;
	if (!size)
		return;
	/* The root's name comes last. */
	for (uint32_t end = len; end > 1; end = (uint32_t)start) {
		for (start = end - 1; start > 0 && names[start - 1]; start--)
			;
		size_t n = end - 1 - start;
		if (used + n + 2 > size)
			break;
		if (used || rooted)
			ret[used++] = '/';
		memcpy(ret + used, names + start, n);
		used += n;
	}
	if (!used && rooted && size > 1)
		ret[used++] = '/';
	ret[used] = 0;
}
