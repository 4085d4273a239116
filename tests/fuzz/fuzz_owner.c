/* SPDX-License-Identifier: MIT */
/* Files that an owner writes for a verdict: waivers, a gate, a baseline. What is refused has a reason; a waiver that is
 * added to a file that was read leaves one that can be read, with one more. */
#include "fuzz.h"

#include "app/baseline.h"
#include "find/waiver.h"
#include "gate/gate.h"

#include <errno.h>

#define NOW_NS 1795000000000000000ull
#define ID "b62d5c0df27464775a7822c8bddb3d65"

static void add_waiver(const char *file, size_t before) {
	const struct waiver w = {
	    .finding = (char *)ID, .owner = (char *)"me: \"#", .reason = (char *)"a\\b", .until = (char *)"2026-12-31"};
	struct waivers *after = NULL;
	struct diags diags = {0};
	int r = waivers_append(file, &w, NOW_NS, &diags);
	must((r == 0) != diags_any(&diags), "a refusal to add has a reason");
	diags_release(&diags);
	diags = (struct diags){0};
	must(!waivers_load(&after, file, NOW_NS, &diags), "what was a file of waivers still is one");
	must(after->len == before + (r == 0), "a waiver more, if it was added");
	waivers_free(after);
	diags_release(&diags);
}

static void read_waivers(const uint8_t *data, size_t size) {
	char path[160];
	struct waivers *waivers = NULL;
	struct diags diags = {0};
	const char *file = fuzz_file(path, "waivers.yaml", data, size);
	int r = waivers_load(&waivers, file, NOW_NS, &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "a refusal has a reason");
	size_t len = r ? 0 : waivers->len;
	waivers_free(waivers);
	diags_release(&diags);
	if (!r)
		add_waiver(file, len);
}

static void read_gate(const uint8_t *data, size_t size) {
	char path[160];
	struct gate_config gate;
	struct diags diags = {0};
	gate_config_init(&gate);
	int r = gate_config_load(&gate, fuzz_file(path, "gate.yaml", data, size), &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "a refusal has a reason");
	if (!r)
		must(gate_config_policy(&gate).min_records >= 1, "nothing seen never passes");
	gate_config_release(&gate);
	diags_release(&diags);
}

static void read_baseline(const uint8_t *data, size_t size) {
	char path[160];
	struct baseline *b = NULL;
	struct diags diags = {0};
	const char **gone = NULL;
	size_t len;
	int r = baseline_open(&b, fuzz_file(path, "baseline", data, size), &diags);
	must(r == -ENOMEM || (r == 0) != diags_any(&diags), "a refusal has a reason");
	if (!r) {
		baseline_has(b, ID);
		if (!baseline_list_gone(b, &gone, &len))
			free(gone);
	}
	baseline_free(b);
	diags_release(&diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static void (*const readers[])(const uint8_t *, size_t) = {read_waivers, read_gate, read_baseline};
	if (size)
		readers[*data % 3](data + 1, size - 1);
	return 0;
}
