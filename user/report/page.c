/* SPDX-License-Identifier: MIT */
#include "report/page.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

static void append(struct page *p, const char *s, size_t len) {
	if (!p->error)
		p->error = buf_append(&p->text, s, len);
}

void page_say(struct page *p, const char *fmt, ...) {
	va_list args;
	va_start(args, fmt);
	_cleanup_free_ char *text = text_vformat(fmt, args);
	va_end(args);
	if (text)
		append(p, text, strlen(text));
	else
		p->error = -ENOMEM;
}

void page_say_visible(struct page *p, const char *s) {
	_cleanup_free_ char *shown = s ? text_visible(s, strlen(s)) : NULL;
	if (shown)
		append(p, shown, strlen(shown));
	else if (s)
		p->error = -ENOMEM;
}

void page_say_count(struct page *p, uint64_t n) {
	char text[TEXT_COUNT_SIZE];
	page_say(p, "%s", text_count(text, n));
}

char *page_take(struct page *p) {
	append(p, "", 1);
	if (p->error) {
		buf_release(&p->text);
		return NULL;
	}
	char *text = p->text.data;
	p->text = (struct buf){0};
	return text;
}
