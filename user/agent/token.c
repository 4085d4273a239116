/* SPDX-License-Identifier: MIT */
#include "agent/token.h"

#include "base/file.h"

#include <errno.h>
#include <string.h>

#define TOKEN_BYTES_MAX 4096

int token_read(const char *path, struct buf *ret, struct diags *diags) {
	int r = file_read(path, TOKEN_BYTES_MAX, ret);
	if (!r)
		r = buf_append(ret, "", 1);
	if (r) {
		diags_say(diags, "the token in %s cannot be read: %s", path, strerror(-r));
		return r;
	}
	ret->data[strcspn(ret->data, "\r\n")] = 0;
	if (*ret->data)
		return 0;
	diags_say(diags, "%s begins with an empty line, which is no token", path);
	return -EINVAL;
}
