/* SPDX-License-Identifier: MIT */
/* What a summary tells of waivers. */
#include "find/waiver.h"

#include "base/buf.h"
#include "find/verdict.h"

#include <string.h>

static int end_text(struct buf *out, const struct waiver *w, uint64_t now_ns) {
	static const char *const words[] = {[WAIVER_HOLDS] = "is waived until", [WAIVER_EXPIRED] = "was waived until"};
	const enum waiver_state state = waiver_state(w, now_ns);
	if (state != WAIVER_ENDS_SOON)
		return buf_printf(out, "%s %s", words[state], w->until);
	uint64_t hours = (w->until_ns - now_ns) / (WAIVER_DAY_NS / 24);
	return buf_printf(out, "is waived only until %s (%lu more %s)", w->until, hours < 48 ? hours : hours / 24,
	                  hours < 48 ? "hours" : "days");
}

int summary_add_waiver(struct summary *s, const char *subject, const struct waiver *w, uint64_t now_ns) {
	_cleanup_(buf_release) struct buf text = {0};
	int r = buf_printf(&text, "%s ", subject);
	if (!r)
		r = end_text(&text, w, now_ns);
	if (!r)
		r = buf_printf(&text, " by %s: %s", w->owner, w->reason);
	if (!r && waiver_state(w, now_ns) == WAIVER_EXPIRED)
		r = buf_printf(&text, ". It counts again");
	return r ? r : summary_add_waiver_text(s, text.data);
}

static int add_finding(struct summary *s, const struct finding *f, uint64_t now_ns) {
	char subject[16 + FIND_ID_SIZE];
	s->waived += f->waived;
	s->waived_matches += f->waived ? f->count : 0;
	bool aside = !f->waived && f->aside != FINDING_COUNTS;
	s->aside += aside;
	s->aside_matches += aside ? f->count : 0;
	snprintf(subject, sizeof(subject), "finding %s", f->id);
	return f->waiver ? summary_add_waiver(s, subject, f->waiver, now_ns) : 0;
}

static bool is_used(const struct findings *found, const struct waiver *w) {
	for (size_t i = 0; i < findings_len(found); i++)
		if (findings_at(found, i)->waiver == w)
			return true;
	return false;
}

int summary_add_waivers(struct summary *s, const struct findings *found, const struct waivers *waivers,
                        uint64_t now_ns) {
	int r = 0;
	for (size_t i = 0; i < findings_len(found) && !r; i++)
		r = add_finding(s, findings_at(found, i), now_ns);
	for (size_t i = 0; waivers && i < waivers->len && !r; i++) {
		const struct waiver *w = &waivers->items[i];
		const char *subject = w->finding ? w->finding : w->rule ? w->rule : w->blind_spot;
		if (waiver_state(w, now_ns) == WAIVER_ENDS_SOON && !w->blind_spot && !is_used(found, w))
			r = summary_add_waiver(s, subject, w, now_ns);
	}
	return r;
}
