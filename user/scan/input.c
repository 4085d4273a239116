/* SPDX-License-Identifier: MIT */
#include "scan/input.h"

#include "scan/input_decode.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define STAGE_BYTES (64 * 1024) /* encoded bytes read at once */
#define PEEK_BYTES 8192         /* looked at to tell what an input is */
#define STAGES_MAX 3            /* descriptor, compression, character set */

/* A stage gives bytes to the one above it. The lowest reads the descriptor, the others decode what the one below gives.
 */
struct stage {
	struct decoder *decoder; /* NULL: the descriptor */
	char *in;                /* STAGE_BYTES, to be decoded */
	size_t in_at, in_len;
	bool in_ended;
	int error; /* to be returned behind the bytes that came before it */
	char peeked[PEEK_BYTES];
	size_t peeked_at, peeked_len;
};

struct input {
	int fd;
	bool binary;
	uint64_t file_bytes, bytes_read;
	struct stage stages[STAGES_MAX];
	size_t stages_len;
};

static ssize_t stage_read(struct input *in, size_t n, char *p, size_t cap);

static ssize_t read_descriptor(struct input *in, char *p, size_t cap) {
	ssize_t n = read(in->fd, p, cap);
	if (n > 0)
		in->bytes_read += (size_t)n;
	return n < 0 ? -errno : n;
}

static ssize_t decode(struct input *in, size_t n, char *p, size_t cap) {
	struct stage *s = &in->stages[n];
	while (!s->error) {
		if (s->in_at == s->in_len && !s->in_ended) {
			ssize_t got = stage_read(in, n - 1, s->in, STAGE_BYTES);
			if (got == -EINTR)
				return got;
			s->error = got < 0 ? (int)got : 0;
			s->in_ended = got <= 0;
			s->in_at = 0;
			s->in_len = got > 0 ? (size_t)got : 0;
		}
		struct decode_io io = {s->in + s->in_at, s->in_len - s->in_at, p, cap};
		int r = s->decoder->decode(s->decoder, &io);
		s->in_at = s->in_len - io.in_len;
		if (!s->error && r)
			s->error = r;
		else if (!s->error && s->in_ended && !io.in_len && cap == io.out_len)
			s->error = s->decoder->whole ? 0 : -ENODATA;
		if (cap > io.out_len)
			return (ssize_t)(cap - io.out_len);
		if (s->in_ended && !io.in_len)
			break;
	}
	return s->error;
}

static ssize_t stage_read(struct input *in, size_t n, char *p, size_t cap) {
	struct stage *s = &in->stages[n];
	size_t peeked = s->peeked_len - s->peeked_at;
	if (!peeked)
		return s->decoder ? decode(in, n, p, cap) : read_descriptor(in, p, cap);
	peeked = peeked < cap ? peeked : cap;
	memcpy(p, s->peeked + s->peeked_at, peeked);
	s->peeked_at += peeked;
	return (ssize_t)peeked;
}

/* Looks at what comes next: at least `least` bytes unless it ends before. Errors come again when it is read. */
static struct stage *peek(struct input *in, size_t least) {
	struct stage *s = &in->stages[in->stages_len - 1];
	while (s->peeked_len < least) {
		char *p = s->peeked + s->peeked_len;
		size_t cap = PEEK_BYTES - s->peeked_len;
		ssize_t n = s->decoder ? decode(in, in->stages_len - 1, p, cap) : read_descriptor(in, p, cap);
		if (n <= 0)
			break;
		s->peeked_len += (size_t)n;
	}
	return s;
}

static int push(struct input *in, int (*decoder_new)(struct decoder **)) {
	struct stage *s = &in->stages[in->stages_len];
	int r = decoder_new(&s->decoder);
	if (r)
		return r;
	in->stages_len++;
	s->in = malloc(STAGE_BYTES);
	return s->in ? 0 : -ENOMEM;
}

static int utf16_little_new(struct decoder **ret) {
	return decoder_utf16_new(ret, false);
}
static int utf16_big_new(struct decoder **ret) {
	return decoder_utf16_new(ret, true);
}

static bool begins(const struct stage *s, const char *magic, size_t len) {
	return s->peeked_len >= len && !memcmp(s->peeked, magic, len);
}

static int open_compression(struct input *in) {
	const struct stage *s = peek(in, 4);
	if (begins(s, "\x1f\x8b\x08", 3))
		return push(in, decoder_gzip_new);
	if (begins(s, "\x28\xb5\x2f\xfd", 4))
		return push(in, decoder_zstd_new);
	if (begins(s, "BZh", 3) ||
	    begins(s,
	           "\xfd"
	           "7zX",
	           4) ||
	    begins(s, "\x04\x22\x4d\x18", 4))
		return -ENOTSUP;
	return 0;
}

/* The byte order mark goes: it is no text. That of UTF-8 stays, so that offsets are those of the file. */
static int open_charset(struct input *in) {
	struct stage *s = peek(in, 4);
	bool little = begins(s, "\xff\xfe", 2), big = begins(s, "\xfe\xff", 2);
	if (begins(s, "\xff\xfe\0\0", 4) || begins(s, "\0\0\xfe\xff", 4))
		return -ENOTSUP;
	if (!little && !big)
		return 0;
	s->peeked_at += 2;
	return push(in, little ? utf16_little_new : utf16_big_new);
}

static bool is_control(unsigned char c) {
	return c == 0x7f || (c < 0x20 && !(c >= '\a' && c <= '\r') && c != 0x1b);
}

/* Bytes at s that are one character of UTF-8, 0 when they are none. Overlong forms count as one: this is a guess. */
static size_t character_len(const unsigned char *s, size_t len) {
	size_t need = *s < 0x80                 ? 1
	              : *s >= 0xc2 && *s < 0xe0 ? 2
	              : *s >= 0xe0 && *s < 0xf0 ? 3
	              : *s >= 0xf0 && *s < 0xf5 ? 4
	                                        : 0;
	for (size_t i = 1; i < need; i++)
		if (i == len || (s[i] & 0xc0) != 0x80)
			return i == len ? len : 0;
	return need;
}

static bool looks_binary(const char *text, size_t len) {
	const unsigned char *s = (const unsigned char *)text, *end = s + len;
	size_t odd = 0;
	if (!memchr(s, 0, len))
		return false;
	while (s < end && !*s)
		s++;
	len = (size_t)(end - s);
	while (s < end) {
		size_t n = character_len(s, (size_t)(end - s));
		odd += !n || is_control(*s);
		s += n ? n : 1;
	}
	return odd > len / 10;
}

int input_open(struct input **ret, const char *path) {
	_cleanup_(input_closep) struct input *in = calloc(1, sizeof(*in));
	struct stat st;
	if (!in)
		return -ENOMEM;
	in->stages_len = 1;
	in->fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : dup(STDIN_FILENO);
	if (in->fd < 0 || fstat(in->fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode))
		in->file_bytes = (uint64_t)st.st_size;
	int r = open_compression(in);
	if (!r)
		r = open_charset(in);
	if (r)
		return r;
	const struct stage *s = peek(in, 1);
	in->binary = looks_binary(s->peeked + s->peeked_at, s->peeked_len - s->peeked_at);
	*ret = take(in);
	return 0;
}

void input_close(struct input *in) {
	if (!in)
		return;
	for (size_t i = 0; i < in->stages_len; i++) {
		struct stage *s = &in->stages[i];
		if (s->in)
			explicit_bzero(s->in, STAGE_BYTES);
		free(s->in);
		if (s->decoder)
			s->decoder->free(s->decoder);
	}
	if (in->fd >= 0)
		close(in->fd);
	explicit_bzero(in, sizeof(*in));
	free(in);
}

bool input_is_binary(const struct input *in) {
	return in->binary;
}

ssize_t input_read(struct input *in, char *p, size_t cap) {
	/* With less room a character may not fit, and nothing would move. */
	return cap < INPUT_READ_MIN ? -EINVAL : stage_read(in, in->stages_len - 1, p, cap);
}

uint64_t input_bytes_read(const struct input *in) {
	return in->bytes_read;
}

uint64_t input_bytes_unread(const struct input *in) {
	uint64_t unread = in->file_bytes > in->bytes_read ? in->file_bytes - in->bytes_read : 0;
	for (size_t i = 1; i < in->stages_len; i++)
		unread += in->stages[i].in_len - in->stages[i].in_at;
	return unread ? unread : 1;
}

const char *input_strerror(int error) {
	switch (-error) {
	case EBADMSG:
		return "its compressed data are damaged";
	case ENODATA:
		return "it ends in the middle of its compressed data, or of a character";
	case ENOTSUP:
		return "its compression or character set is not supported";
	}
	return strerror(-error);
}
