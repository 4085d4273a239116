/* SPDX-License-Identifier: MIT */
/* A rule file of any bytes is refused with a reason, or its rules compile and scan. */
#include "fuzz.h"

#include "detect/detect.h"

#include <errno.h>

#define RULES_MAX 8 /* of more, compiling takes most of the time */

static void count(void *arg, const struct detect_match *m) {
	must(m->start < m->end, "a match has a length");
	++*(size_t *)arg;
}

static void scan(const struct rules *rules) {
	static const char text[] = "2026-11-22 user=4711 mail maija@kuusikoti.fi card 4571 9912 3456 7893, \xff\x00 end";
	const struct detect_text whole = {0, sizeof(text) - 1};
	struct detect_set *set = NULL;
	struct detector *d = NULL;
	struct diags diags = {0};
	size_t matches = 0;
	int r = detect_set_new(&set, rules, &(struct detect_options){0}, &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "what does not compile has a reason");
	if (!r && !detector_new(&d, set))
		must(!detector_scan(d, text, sizeof(text) - 1, &whole, 1, count, &matches), "it scans");
	detector_free(d);
	detect_set_free(set);
	diags_release(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char path[160];
	struct rules *rules = NULL;
	struct diags diags = {0};
	const char *file = fuzz_file(path, "rules.yaml", data, size);
	int r = rules_load(&rules, &file, 1, &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "a refusal has a reason");
	if (!r && rules->len <= RULES_MAX)
		scan(rules);
	rules_free(rules);
	diags_release(&diags);
	return 0;
}
