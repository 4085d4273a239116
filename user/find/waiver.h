/* SPDX-License-Identifier: MIT */
/*
 * Findings and blind spots that an owner has accepted until a day, with a reason. A set of waivers does not change once
 * it is loaded: any thread may read it.
 *
 *   waivers:
 *     - finding: b62d5c0df27464775a7822c8bddb3d65
 *       owner: payments team
 *       reason: test tenant only, gone with release 4.2
 *       until: 2026-12-31
 *
 * Instead of `finding`: `rule`, `program`, `sink` and `template` (its id), all four; or `blind_spot`, the word that it
 * begins with in the summary, and `sink` if only that one is meant. `until` is a day, whole, in UTC, or an RFC 3339
 * time; at most a year from now.
 */
#ifndef FIND_WAIVER_H
#define FIND_WAIVER_H

#include "base/cleanup.h"
#include "base/diag.h"
#include "find/find.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAIVER_DAY_NS (24 * 3600 * 1000000000ull)
#define WAIVER_SOON_NS (7 * WAIVER_DAY_NS)      /* before its end a waiver is named */
#define WAIVER_LONGEST_NS (366 * WAIVER_DAY_NS) /* from when it is loaded */

struct waiver {
	char *finding; /* its id; or NULL */
	char *rule, *program, *sink, *template_id;
	char *blind_spot;
	char *owner, *reason, *until; /* as they stand in the file */
	uint64_t until_ns;            /* wall clock: from then on it is over */
};

struct waivers {
	struct waiver *items;
	size_t len;
};

enum waiver_state { WAIVER_HOLDS, WAIVER_ENDS_SOON, WAIVER_EXPIRED };

/* Every mistake goes to ret_diags. 0; -EINVAL with diagnostics, nothing is returned then; -ENOMEM. */
int waivers_load(struct waivers **ret, const char *file, uint64_t now_ns, struct diags *ret_diags);
void waivers_free(struct waivers *w);
DEFINE_CLEANUP(struct waivers *, waivers_free)

/* Of those that fit the one that ends last, be it over or not; NULL: none, as when w is NULL. Owned by w. */
const struct waiver *waivers_find(const struct waivers *w, const struct finding *f);
/* Same for a blind spot; name: of what it is about, or NULL. */
const struct waiver *waivers_find_blind_spot(const struct waivers *w, const char *kind, const char *name);

enum waiver_state waiver_state(const struct waiver *w, uint64_t now_ns);
/* Sets what the finding says of its waiver, as of now. */
void finding_waive(struct finding *f, const struct waivers *w, uint64_t now_ns);
/* A finding that was waived some time ago is not if the waiver has come to its end since. */
void finding_end_waiver(struct finding *f, uint64_t now_ns);
/* The end of a waiver as `until` gives it: a day, or a time with its zone. 0 or -EINVAL. */
int waiver_parse_until(const char *text, uint64_t *ret_ns);

/*
 * Adds a waiver of a finding to the file, which is made if need be; what else stands in it stays as it is. Atomic: a
 * reader sees the file before or after, and of two writers none is lost. 0; -EINVAL with diagnostics: the file as it
 * is, or would be, is no file of waivers; -errno with a diagnostic.
 */
int waivers_append(const char *file, const struct waiver *w, uint64_t now_ns, struct diags *ret_diags);

#endif
