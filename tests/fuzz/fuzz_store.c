/* SPDX-License-Identifier: MIT */
/*
 * The file of a store, damaged in any way: it is opened, set aside or refused with a reason; reading ends; and what is
 * written after that is there. The first byte says whether the rest is the file itself, or which bytes of a sound one
 * are others: two of place, one of page, one to be there.
 */
#include "fuzz.h"

#include "../unit/test_store.h"

#define PAGE 4096

static struct buf sound; /* the file of a store with something of everything in it */

static int see_amounts(void *arg, const char *target, const struct store_amounts *a) {
	(void)target, (void)a;
	return ++*(unsigned *)arg < 100000 ? 0 : -E2BIG;
}

static int see_rule(void *arg, const char *rule, uint64_t matches) {
	(void)rule, (void)matches;
	return ++*(unsigned *)arg < 100000 ? 0 : -E2BIG;
}

static int see_finding(void *arg, struct finding_copy *finding) {
	must(finding->finding.rule && finding->finding.id[0] != (char)0xff, "a finding has its rule");
	return ++*(unsigned *)arg < 100000 ? 0 : -E2BIG;
}

static int see_event(void *arg, const struct store_event *e) {
	must(e->text && e->kind < STORE_EVENT_KINDS, "an event has a text and a kind");
	return ++*(unsigned *)arg < 100000 ? 0 : -E2BIG;
}

static void read_all(struct store *s) {
	struct store_outgoing o = {0};
	unsigned n = 0;
	store_read_targets(s, 0, INT64_MAX, see_amounts, &n);
	store_read_minutes(s, 0, INT64_MAX, NULL, see_amounts, &n);
	store_read_rules(s, 0, INT64_MAX, see_rule, &n);
	store_read_findings(s, 0, INT64_MAX, see_finding, &n);
	store_read_events(s, 0, INT64_MAX, see_event, &n);
	store_read_gaps(s, 0, INT64_MAX, see_event, &n);
	for (uint64_t seq = 0; n++ < 1000 && !store_outgoing_next(s, "pager", seq, &o);) {
		must(o.seq > seq, "what is on its way ascends");
		seq = o.seq;
		store_outgoing_release(&o);
	}
}

/* The totals of this run are what was put; those of damaged rows before it may be anything. */
static int open_and_put(const char *path) {
	const struct store_options o = {.path = path, .version = "1.0"};
	static const char *const output = "pager";
	struct diags diags = {0};
	struct store *s = NULL;
	uint64_t seq = 0;
	int r = store_open(&s, &o, &diags);
	must(!r || diags_any(&diags), "a refusal has a reason");
	if (r && r != -EPROTONOSUPPORT && r != -EEXIST)
		diags_print(&diags, stderr);
	diags_release(&diags);
	if (r)
		return r;
	read_all(s);
	store_outputs(s, &output, 1);
	for (uint64_t i = 1; i <= 2; i++) {
		struct snapshot *snapshot = snapshot_make(NOON_NS + i * STORE_MINUTE_NS);
		struct finding finding = finding_like("b62d5c0df27464775a7822c8bddb3d65", i, snapshot->time_ns);
		snapshot_write(snapshot, i);
		snapshot_find(snapshot, &finding);
		store_put(s, snapshot);
		snapshot_drop(snapshot);
	}
	store_outgoing_add(s, NOON_NS, "new", "id", "{}", &seq);
	store_note(s, STORE_CONFIG, NOON_NS, 0, "loaded");
	store_trim(s, NOON_NS);
	read_all(s);
	store_close(s);
	return 0;
}

static void clear_folder(void) {
	fuzz_remove_folder();
	must(!mkdir(fuzz_folder, 0700), "a folder of our own");
}

static void set_up(void) {
	char path[160];
	fuzz_path(path, "store.db");
	must(!open_and_put(path), "a sound store");
	must(!file_read(path, 1 << 24, &sound), "its file");
}

static void write_file(char path[static 160], struct fuzz_input *in) {
	if (fuzz_byte(in) & 1) {
		fuzz_file(path, "store.db", in->at, in->left);
		return;
	}
	char *copy = malloc(sound.len);
	must(copy, "memory");
	memcpy(copy, sound.data, sound.len);
	while (in->left) {
		size_t at = fuzz_short(in) % PAGE + (size_t)fuzz_byte(in) * PAGE;
		copy[at % sound.len] = (char)fuzz_byte(in);
	}
	fuzz_file(path, "store.db", copy, sound.len);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	char path[160];
	struct fuzz_input in = {data, size};
	struct store *reader = NULL;
	struct diags diags = {0};
	if (!sound.len)
		set_up();
	clear_folder();
	write_file(path, &in);
	if (!store_open_reading(&reader, path, &diags))
		read_all(reader);
	store_close(reader);
	diags_release(&diags);
	int r = open_and_put(path);
	must(!r || r == -EPROTONOSUPPORT || r == -EEXIST, "it is opened, of a newer format, or something else");
	if (!r)
		must(!open_and_put(path), "and what was opened is opened again");
	return 0;
}
