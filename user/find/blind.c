/* SPDX-License-Identifier: MIT */
/* Blind spots in words. */
#include "find/verdict.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "find/waiver.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const struct words {
	const char *kind, *what, *event, *events, *remedy;
} words[WIRE_BLIND_COUNT] = {
    [WIRE_BLIND_ZERO_COPY] = {"zero_copy", "filled by splice, sendfile or copy_file_range, which show no bytes", "call",
                              "calls", "log through plain writes"},
    [WIRE_BLIND_ASSUMED] = {"assumed",
                            "written asynchronously: what was asked for was scanned, whether it was written "
                            "is not known",
                            "request", "requests", "log through plain writes"},
    [WIRE_BLIND_MAPPING] = {"mapping", "written through a memory mapping, which shows no bytes", "mapping", "mappings",
                            "--follow-mapped reads what is mapped from then on"},
    [WIRE_BLIND_MEMFD] = {"memfd", "was handed messages as memory files", "message", "messages",
                          "log messages below 64 KiB"},
    [WIRE_BLIND_COMPAT] = {"32-bit", "ran 32-bit code unseen", "time", "times",
                           "--hook raw sees it from the start, unless it is for x32"},
    [WIRE_BLIND_URING] = {"io_uring", "not shown by the kernel, or done when it was too late to look at them",
                          "request", "requests", "use Linux 6.0 or newer, and room for all results in the ring"},
    [WIRE_BLIND_HOOK] = {"hook", "cannot be seen on this kernel", "hook", "hooks", "use a newer kernel"},
    [WIRE_BLIND_PROCESSES] = {"processes", "not followed, the process table being full", "process", "processes",
                              "watch a part of them"},
    [WIRE_BLIND_MISSED_CALLS] = {"missed_calls", "not shown to logspill by the kernel, of whomever", "call", "calls",
                                 "watch again, without other BPF tools"},
    [WIRE_BLIND_CANDIDATES] = {"candidates", "not looked at in overlong records", "candidate", "candidates",
                               "log shorter lines"},
    [WIRE_BLIND_FINDINGS] = {"findings", "belong to findings that found no memory", "match", "matches",
                             "give it more memory, or repair what it found first"},
    [WIRE_BLIND_UNNAMED] = {"unnamed", "appended to as logs are, but not named like one", "file", "files",
                            "--sink reads it, --no-sink says that it is no log"},
};

bool blind_spot_is_doubt(enum wire_blind kind) {
	return kind != WIRE_BLIND_UNNAMED;
}

const char *blind_spot_kind(enum wire_blind kind) {
	return words[kind].kind;
}

/* "mapping: /var/log/a.log: written through ... (2 mappings, 8192 bytes): --follow-mapped ..." */
int blind_spot_text(char **ret, const struct blind_spot *spot) {
	_cleanup_(buf_release) struct buf text = {0};
	const struct words *w = &words[spot->kind];
	const struct wire_amount *n = &spot->amount;
	int r = buf_printf(&text, "%s: %s%s%s (%llu %s", w->kind, spot->name ?: "", spot->name ? ": " : "", w->what,
	                   n->events, text_plural(n->events, w->event, w->events));
	if (!r && n->bytes)
		r = buf_printf(&text, ", %llu bytes", n->bytes);
	if (!r)
		r = buf_printf(&text, "): %s", w->remedy);
	if (!r)
		*ret = take(text.data);
	return r;
}

static int tell_blind_spot(struct summary *s, const struct blind_spot *spot) {
	_cleanup_free_ char *text = NULL;
	int r = blind_spot_text(&text, spot);
	if (r)
		return r;
	return blind_spot_is_doubt(spot->kind) ? summary_add_blind_spot_text(s, text) : summary_add_unread_text(s, text);
}

const struct waiver *blind_spot_waiver(const struct blind_spot *spot, const struct waivers *waivers, uint64_t now_ns) {
	const struct waiver *w = waivers_find_blind_spot(waivers, words[spot->kind].kind, spot->name);
	return w && waiver_state(w, now_ns) != WAIVER_EXPIRED ? w : NULL;
}

int summary_add_blind_spot(struct summary *s, const struct blind_spot *spot, const struct waivers *waivers,
                           uint64_t now_ns) {
	_cleanup_(buf_release) struct buf text = {0};
	const struct waiver *w = blind_spot_waiver(spot, waivers, now_ns);
	if (!w)
		return tell_blind_spot(s, spot);
	int r = buf_printf(&text, "blind spot %s", words[spot->kind].kind);
	if (!r && spot->name)
		r = buf_printf(&text, " of %s", spot->name);
	return r ? r : summary_add_waiver(s, text.data, w, now_ns);
}
