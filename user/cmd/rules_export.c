/* SPDX-License-Identifier: MIT */
/* logspill rules export: configuration with which a log pipeline takes values out, until the code is mended. */
#include "cmd/cmd.h"
#include "cmd/rules.h"

#include "app/engine.h"
#include "app/finding_file.h"
#include "base/file.h"
#include "emit/store.h"
#include "export/export.h"

#include <errno.h>
#include <string.h>

/* Which rules: borrowed. */
struct selection {
	const struct rules *rules;
	const struct rule **items;
	size_t len;
	struct diags *diags;
};

static void add(struct selection *s, const struct rule *rule) {
	for (size_t i = 0; i < s->len; i++)
		if (s->items[i] == rule)
			return;
	s->items[s->len++] = rule;
}

/* Watch lists have no rule in a file, nor has one that has been taken away since. */
static void add_fired(struct selection *s, const char *id) {
	for (size_t i = 0; i < s->rules->len; i++)
		if (!strcmp(s->rules->items[i].id, id))
			return add(s, &s->rules->items[i]);
	diags_say(s->diags, "%s has fired, but is in no rule file: it is left out", id);
}

static int on_entry(void *arg, const struct finding_file_entry *entry) {
	if (entry->rule)
		add_fired(arg, entry->rule);
	return 0;
}

static int on_stored(void *arg, const char *rule, uint64_t matches) {
	if (matches)
		add_fired(arg, rule);
	return 0;
}

static int select_stored(struct selection *s, const char *path) {
	_cleanup_(store_closep) struct store *store = NULL;
	int r = store_open_reading(&store, path, s->diags);
	if (!r)
		r = store_read_rules(store, 0, INT64_MAX, on_stored, s);
	if (r && !diags_any(s->diags))
		diags_say(s->diags, "cannot read %s: %s", path, strerror(-r));
	return r;
}

/* What --only and --except leave, of all or of what has fired. */
static int select_rules(struct selection *s, const struct rules_call *call) {
	const struct detect_options options = engine_options(&call->options->rules);
	const struct rules_export *export = &call->export;
	size_t len = 0;
	int r = 0;
	if (export->fired)
		r = finding_file_read(export->fired, "file of findings", on_entry, s, s->diags);
	else if (export->store)
		r = select_stored(s, export->store);
	else
		for (size_t i = 0; i < s->rules->len; i++)
			add(s, &s->rules->items[i]);
	for (size_t i = 0; i < s->len; i++) {
		bool asked_for = (export->fired || export->store) && !options.only_len && !options.except_len;
		if (asked_for || detect_is_in_force(s->items[i], &options))
			s->items[len++] = s->items[i];
	}
	s->len = len;
	return r;
}

static void tell_unsaid(const struct export_unsaid *unsaid, struct diags *diags) {
	for (unsigned i = 0; i < sizeof(unsaid->rules) / sizeof(*unsaid->rules); i++)
		if (unsaid->rules[i])
			diags_say(diags, "of %zu %s it cannot say: %s", unsaid->rules[i], unsaid->rules[i] == 1 ? "rule" : "rules",
			          export_unsaid_text(i));
}

static int put_out(const struct rules_call *call, const struct buf *text) {
	const struct strings *paths = &call->options->output.paths;
	int r = paths->len ? file_write_document(paths->items[0], text->data, text->len, 0600)
	                   : file_write_all(STDOUT_FILENO, text->data, text->len);
	if (r)
		diags_say(call->diags, "cannot write %s: %s", paths->len ? paths->items[0] : "to standard output",
		          strerror(-r));
	return r;
}

int rules_export(const struct rules_call *call) {
	const struct export_target *target = export_find(call->export.target);
	_cleanup_(rules_freep) struct rules *rules = NULL;
	_cleanup_(buf_release) struct buf text = {0};
	_cleanup_free_ const struct rule **items = NULL;
	struct export_unsaid unsaid;
	if (!target) {
		diags_say(call->diags, "--for takes fluent-bit, otel, rsyslog or vector, not '%s'", call->export.target);
		return EXIT_ERROR;
	}
	if (rules_call_load(call, &rules))
		return EXIT_ERROR;
	items = calloc(rules->len + 1, sizeof(*items));
	struct selection s = {.rules = rules, .items = items, .diags = call->diags};
	if (!items || select_rules(&s, call))
		return EXIT_ERROR;
	if (!s.len)
		diags_say(call->diags, "no rule is left: nothing will be taken out");
	if (export_rules(&text, target, s.items, s.len, &unsaid)) {
		diags_say(call->diags, "out of memory");
		return EXIT_ERROR;
	}
	tell_unsaid(&unsaid, call->diags);
	return put_out(call, &text) ? EXIT_ERROR : EXIT_CLEAN;
}
