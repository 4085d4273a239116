/* SPDX-License-Identifier: MIT */
/* Text that grows. The first failure stays, so that only page_take() has to be asked. Owns its text; one thread. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct page {
	struct buf text;
	int error;
	bool color; /* the text is for a terminal that shows colours */
};

void page_say(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What came from outside: valid UTF-8, controls and invisible characters shown. NULL: nothing. */
void page_say_visible(struct page *p, const char *s);
/* 12288 -> "12,288". */
void page_say_count(struct page *p, uint64_t n);
/* malloc'ed text, or NULL: there was no memory for all of it. The page is empty then. */
char *page_take(struct page *p);

#endif
