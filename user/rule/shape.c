/* SPDX-License-Identifier: MIT */
#include "rule/shape.h"

#include <errno.h>
#include <string.h>

struct parser {
	const char *text;
	size_t at;
	bool fold;
	const char *why;
};

static int fail(struct parser *p, size_t at, const char *why) {
	p->at = at;
	p->why = why;
	return -EINVAL;
}

static void set_add(uint64_t set[4], unsigned char c) {
	set[c >> 6] |= 1ull << (c & 63);
}

static void set_add_range(uint64_t set[4], unsigned char from, unsigned char to) {
	for (unsigned c = from; c <= to; c++)
		set_add(set, c);
}

static void set_fold(uint64_t set[4]) {
	/* Letters all lie in the second word: A is bit 1, a is bit 33. */
	const uint64_t upper = 0x7fffffeull;

	set[1] |= (set[1] & upper) << 32 | (set[1] >> 32 & upper);
}

static int set_count(const uint64_t set[4]) {
	return __builtin_popcountll(set[0]) + __builtin_popcountll(set[1]) + __builtin_popcountll(set[2]) +
	       __builtin_popcountll(set[3]);
}

static bool sets_meet(const uint64_t a[4], const uint64_t b[4]) {
	return a[0] & b[0] || a[1] & b[1] || a[2] & b[2] || a[3] & b[3];
}

/* One byte of a class or after a backslash, p->at behind it; `\d` is -2 because it is more than one byte. */
static int parse_escaped(struct parser *p) {
	unsigned char c = p->text[p->at];

	if (!c)
		return fail(p, p->at, "a backslash stands at the end");
	if (c == 'd') {
		p->at++;
		return -2;
	}
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return fail(p, p->at - 1, "this escape is not known: only \\d and escaped punctuation are");
	p->at++;
	return c;
}

static int parse_class_byte(struct parser *p) {
	unsigned char c = p->text[p->at++];

	return c == '\\' ? parse_escaped(p) : c;
}

static int parse_class_item(struct parser *p, uint64_t set[4]) {
	size_t begin = p->at;
	int from = parse_class_byte(p);

	if (from == -EINVAL)
		return from;
	if (from == -2) {
		set_add_range(set, '0', '9');
		return 0;
	}
	if (p->text[p->at] != '-' || p->text[p->at + 1] == ']' || !p->text[p->at + 1]) {
		set_add(set, from);
		return 0;
	}
	p->at++;
	int to = parse_class_byte(p);
	if (to == -EINVAL)
		return to;
	if (to < from)
		return fail(p, begin, "this range runs backwards");
	set_add_range(set, from, to);
	return 0;
}

/* p->at is behind the `[`. */
static int parse_class(struct parser *p, uint64_t set[4]) {
	size_t begin = p->at - 1;
	bool negate = p->text[p->at] == '^';
	int r;

	p->at += negate;
	while (p->text[p->at] != ']') {
		if (!p->text[p->at])
			return fail(p, begin, "this class is not closed by ]");
		r = parse_class_item(p, set);
		if (r < 0)
			return r;
	}
	p->at++;
	if (p->fold)
		set_fold(set);
	for (int i = 0; negate && i < 4; i++)
		set[i] = ~set[i];
	if (!set_count(set))
		return fail(p, begin, "this class is empty");
	return 0;
}

static int parse_number(struct parser *p, unsigned *ret) {
	size_t begin = p->at;
	unsigned n = 0;

	for (; p->text[p->at] >= '0' && p->text[p->at] <= '9' && n <= 255; p->at++)
		n = n * 10 + (p->text[p->at] - '0');
	if (p->at == begin)
		return fail(p, begin, "a number is missing in the repeat");
	if (n > 255)
		return fail(p, begin, "a repeat is 255 at most");
	*ret = n;
	return 0;
}

/* Nothing, `?`, `{n}` or `{m,n}`. */
static int parse_repeat(struct parser *p, struct shape_atom *atom) {
	size_t begin = p->at;
	unsigned min = 1, max = 1;

	if (p->text[begin] == '?') {
		p->at++;
		min = 0;
	} else if (p->text[begin] == '{') {
		p->at++;
		if (parse_number(p, &min))
			return -EINVAL;
		max = min;
		if (p->text[p->at] == ',') {
			p->at++;
			if (parse_number(p, &max))
				return -EINVAL;
		}
		if (p->text[p->at] != '}')
			return fail(p, begin, "this repeat is not closed by }");
		p->at++;
		if (!max || max < min)
			return fail(p, begin, "this repeat can never match");
	}
	atom->min = min;
	atom->max = max;
	return 0;
}

static int parse_atom(struct parser *p, struct shape_atom *atom) {
	size_t begin = p->at;
	unsigned char c = p->text[p->at++];
	int r = 0;

	if (c == '[') {
		r = parse_class(p, atom->set);
	} else if (c == '\\') {
		r = parse_escaped(p);
		if (r == -2)
			set_add_range(atom->set, '0', '9');
		else if (r >= 0)
			set_add(atom->set, r);
	} else if (strchr("*+?{}()|.^$]", c)) {
		return fail(p, begin, "this byte has a meaning in other pattern languages: escape it with a backslash");
	} else {
		set_add(atom->set, c);
	}
	if (r == -EINVAL)
		return r;
	if (p->fold)
		set_fold(atom->set);
	return parse_repeat(p, atom);
}

/* True when no byte that could extend atom i could also begin what follows it. */
static bool atom_is_greedy(const struct shape *shape, size_t i) {
	const struct shape_atom *a = &shape->atoms[i];

	if (a->min == a->max)
		return true;
	for (size_t j = i + 1; j < shape->len; j++) {
		if (sets_meet(a->set, shape->atoms[j].set))
			return false;
		if (shape->atoms[j].min)
			break;
	}
	return true;
}

static int parse_shape(struct parser *p, struct shape *shape) {
	if (!strncmp(p->text, "(?i)", 4)) {
		p->fold = true;
		p->at = 4;
	}
	while (p->text[p->at]) {
		if (shape->len == SHAPE_ATOMS_MAX)
			return fail(p, p->at, "a shape has 48 atoms at most");
		if (parse_atom(p, &shape->atoms[shape->len]))
			return -EINVAL;
		shape->len++;
	}
	if (!shape_min_len(shape))
		return fail(p, 0, "this shape matches the empty text");
	if (shape_max_len(shape) > SHAPE_LEN_MAX)
		return fail(p, 0, "this shape can be longer than 511 bytes");
	shape->within_word = shape_max_len(shape) < 64;
	shape->greedy = true;
	for (size_t i = 0; i < shape->len; i++)
		shape->greedy &= atom_is_greedy(shape, i);
	return 0;
}

int shape_parse(struct shape *ret, const char *text, size_t *ret_at, const char **ret_why) {
	struct parser p = {.text = text};
	struct shape shape = {0};
	int r = parse_shape(&p, &shape);

	if (r < 0) {
		*ret_at = p.at;
		*ret_why = p.why;
		return r;
	}
	*ret = shape;
	return 0;
}

/* Bytes from s on that the atom takes. */
static size_t atom_run(const struct shape_atom *a, const char *s, size_t len) {
	size_t most = a->max < len ? a->max : len, n = 0;

	while (n < most && shape_atom_has(a, s[n]))
		n++;
	return n;
}

static ptrdiff_t match_greedy(const struct shape *shape, const char *s, size_t len) {
	size_t at = 0;

	for (size_t i = 0; i < shape->len; i++) {
		size_t n = atom_run(&shape->atoms[i], s + at, len - at);
		if (n < shape->atoms[i].min)
			return -1;
		at += n;
	}
	return at;
}

#define WORDS (SHAPE_LEN_MAX / 64 + 1)

/* Every offset that atom a can end at, from those that the atoms before it can. False: none. */
static bool ends_step(uint64_t ends[WORDS], const struct shape_atom *a, const char *s, size_t len) {
	uint64_t next[WORDS] = {0};
	bool any = false;

	for (size_t w = 0; w < WORDS; w++) {
		for (uint64_t bits = ends[w]; bits; bits &= bits - 1) {
			size_t from = w * 64 + __builtin_ctzll(bits);
			size_t n = atom_run(a, s + from, len - from);
			for (size_t to = from + a->min; to <= from + n; to++)
				next[to / 64] |= 1ull << to % 64, any = true;
		}
	}
	memcpy(ends, next, sizeof(next));
	return any;
}

/* Follows all ways at once: a set of offsets, one bit each. Backtracking would be exponential in shapes such as
 * `\d?\d?\d?...`. */
static ptrdiff_t match_all_ways(const struct shape *shape, const char *s, size_t len) {
	uint64_t ends[WORDS] = {1};

	for (size_t i = 0; i < shape->len; i++)
		if (!ends_step(ends, &shape->atoms[i], s, len))
			return -1;
	for (size_t w = WORDS; w-- > 0;)
		if (ends[w])
			return w * 64 + 63 - __builtin_clzll(ends[w]);
	return -1;
}

/* The same where one word holds all offsets, as it does for most shapes. */
static ptrdiff_t match_all_ways_short(const struct shape *shape, const char *s, size_t len) {
	uint64_t ends = 1;

	for (size_t i = 0; i < shape->len && ends; i++) {
		const struct shape_atom *a = &shape->atoms[i];
		uint64_t next = 0;

		for (uint64_t bits = ends; bits; bits &= bits - 1) {
			size_t from = __builtin_ctzll(bits), n = atom_run(a, s + from, len - from);

			if (n >= a->min)
				next |= ((2ull << n) - (1ull << a->min)) << from;
		}
		ends = next;
	}
	return ends ? 63 - __builtin_clzll(ends) : -1;
}

ptrdiff_t shape_match(const struct shape *shape, const char *s, size_t len) {
	if (shape->greedy)
		return match_greedy(shape, s, len);
	return shape->within_word ? match_all_ways_short(shape, s, len) : match_all_ways(shape, s, len);
}

/* One byte, or one letter in both cases. */
static bool set_is_literal(const uint64_t set[4]) {
	const uint64_t upper = 0x7fffffeull;

	if (set_count(set) != 2)
		return set_count(set) == 1;
	return !(set[0] | set[2] | set[3] | (set[1] & ~(upper | upper << 32))) && (set[1] & upper) == set[1] >> 32;
}

size_t shape_literal_len(const struct shape *shape) {
	size_t n = 0;

	for (size_t i = 0; i < shape->len && set_is_literal(shape->atoms[i].set); i++) {
		n += shape->atoms[i].min;
		if (shape->atoms[i].min != shape->atoms[i].max)
			break;
	}
	return n;
}

size_t shape_min_len(const struct shape *shape) {
	size_t n = 0;

	for (size_t i = 0; i < shape->len; i++)
		n += shape->atoms[i].min;
	return n;
}

size_t shape_max_len(const struct shape *shape) {
	size_t n = 0;

	for (size_t i = 0; i < shape->len; i++)
		n += shape->atoms[i].max;
	return n;
}
