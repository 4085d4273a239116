/* SPDX-License-Identifier: MIT */
/* Values of one text in another writing: it is decoded, and a second detector finds them as it finds any. */
#include "detect/decode.h"
#include "detect/detector.h"

#include <string.h>

void scan_fill_decoded(struct detector *d, const char *slab, size_t len) {
	size_t kept = 0;

	if (!d->second)
		return;
	places_fill(&d->encoded, d->masks.encoded, len);
	for (size_t i = 0; i < d->encoded.len; i++) {
		d->encoded.at[kept] = d->encoded.at[i];
		kept += decode_may_matter(slab, len, d->encoded.at[i]);
	}
	d->encoded.len = kept;
}

/* As it stands a rule has found it already, or a part of it that some rules know in an encoding. */
static bool is_found(const struct detector *d, uint16_t rule, uint32_t start, uint32_t end) {
	for (size_t i = 0; i < d->matches_len; i++)
		if (d->matches[i].rule == rule && d->matches[i].start < end && start < d->matches[i].end)
			return true;
	return false;
}

/* What was changed took more bytes before: of the same length with its key, the value was found as it stands. */
static void note_decoded(void *arg, const struct detect_match *m) {
	struct detector *d = arg;
	uint32_t start = d->decoded_at[m->start], end = d->decoded_at[m->end];
	size_t from = m->key_start < m->start ? m->key_start : m->start;
	uint16_t rule = (uint16_t)detect_place_of(d->set, m->rule);

	if (end - d->decoded_at[from] > m->end - from && !is_found(d, rule, start, end))
		note_match(d, &(struct match){.start = start,
		                              .end = end,
		                              .key_start = d->decoded_at[m->key_start],
		                              .key_end = d->decoded_at[m->key_end],
		                              .rule = rule,
		                              .class = m->class,
		                              .confidence = m->confidence});
}

int scan_decoded(struct detector *d) {
	places_seek(&d->encoded, d->base);
	if (d->encoded.next == d->encoded.len || d->encoded.at[d->encoded.next] >= d->base + d->len)
		return 0;
	size_t len = decode_text(d->s, d->len, d->decoded, d->decoded_at);
	const struct detect_text whole = {0, (uint32_t)len};
	int err = detector_scan(d->second, d->decoded, len, &whole, 1, note_decoded, d);

	explicit_bzero(d->decoded, len);
	return err;
}
