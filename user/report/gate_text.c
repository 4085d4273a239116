/* SPDX-License-Identifier: MIT */
/* A line a check, with a tick or a cross; what to do about it below. */
#include "base/cleanup.h"
#include "base/text.h"
#include "report/gate_format.h"
#include "report/page.h"

#include <string.h>

#define NAME_WIDTH 26

static const char *ink(const struct page *p, enum verdict v) {
	static const char *const codes[] = {"\033[1;32m", "\033[1;31m", "\033[1;33m"};
	return p->color ? codes[v] : "";
}

static const char *ink_off(const struct page *p) {
	return p->color ? "\033[0m" : "";
}

static void say_check(struct page *p, const struct gate_check *c) {
	static const char dots[] = "..........................";
	_cleanup_free_ char *name = text_visible(c->name, strlen(c->name));
	size_t len = name ? text_characters(name) : 0;
	page_say(p, "  %s%s%s ", ink(p, c->verdict), verdict_symbol(c->verdict), ink_off(p));
	page_say(p, "%s %s: ", name ? name : "?", len < NAME_WIDTH ? dots + len : "");
	page_say_visible(p, c->text);
	page_say(p, "\n");
	if (c->remedy)
		page_say(p, "      %s\n", c->remedy);
}

static void say_waivers(struct page *p, const struct gate_texts *waivers) {
	for (size_t i = 0; i < waivers->len; i++) {
		page_say(p, "    waiver: ");
		page_say_visible(p, waivers->items[i]);
		page_say(p, "\n");
	}
}

static char *write_text(const struct gate_report *r) {
	struct page p = {.color = r->color};
	struct gate_option options[GATE_OPTIONS];
	gate_options(options, r->facts);
	page_say(&p, "\n");
	for (size_t i = 0; i < r->result->checks_len; i++)
		say_check(&p, &r->result->checks[i]);
	say_waivers(&p, &r->facts->waivers);
	page_say(&p, "\n    risk %.4g (at most %.4g %% of records leak, impact %d)\n\n", options[0].risk,
	         options[0].share_upper * 100, options[0].impact);
	page_say(&p, "%s%s%s", ink(&p, r->result->verdict), verdict_word(r->result->verdict), ink_off(&p));
	for (size_t i = 0, said = 0; i < r->result->checks_len && r->result->verdict != VERDICT_PASS; i++) {
		if (r->result->checks[i].verdict != r->result->verdict)
			continue;
		page_say(&p, "%s", said++ ? ", " : ": ");
		page_say_visible(&p, r->result->checks[i].name);
	}
	page_say(&p, "\n");
	return page_take(&p);
}

const struct gate_format gate_text = {.name = "text", .write = write_text};
