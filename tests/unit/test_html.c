/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "report/html.h"

static char *text_of(const char *s) {
	struct page p = {0};
	html_text(&p, s);
	return page_take(&p);
}

static void nothing_from_outside_is_markup(void **state) {
	(void)state;
	static const struct {
		const char *from, *to;
	} cases[] = {
	    {"plain", "plain"},
	    {"", ""},
	    {NULL, ""},
	    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
	    {"\" onclick='x' a=\"&amp;", "&quot; onclick=&#39;x&#39; a=&quot;&amp;amp;"},
	    {"\033[2J\x07", "\\x1b[2J\\x07"},
	    {"log\u202egol.txt", "log\\u{202e}gol.txt"},
	    {"\u05e9\u05dc\u05d5\u05dd \u6f22\u5b57", "\u05e9\u05dc\u05d5\u05dd \u6f22\u5b57"},
	    {"bad \xff\xc0\xaf", "bad \ufffd\ufffd\ufffd"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_free_ char *text = text_of(cases[i].from);
		assert_string_equal(text, cases[i].to);
	}
}

static void every_byte_is_safe_anywhere(void **state) {
	(void)state;
	for (int first = 1; first < 256; first++) {
		for (int second = 1; second < 256; second++) {
			const char bytes[] = {(char)first, (char)second, 0};
			_cleanup_free_ char *text = text_of(bytes);
			assert_null(strpbrk(text, "<>\"'"));
			for (const char *c = text; *c; c++)
				assert_false((unsigned char)*c < 0x20 || *c == 0x7f);
		}
	}
}

static void a_page_loads_and_runs_nothing(void **state) {
	(void)state;
	struct page p = {0};
	html_begin(&p, "</title><script>x</script>");
	html_cell(&p, "<b>");
	html_row_head(&p, "\u05d0");
	html_cell_count(&p, 1234567);
	_cleanup_free_ char *text = html_end(&p);
	assert_non_null(strstr(text, "<title>&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;</title>"));
	assert_non_null(strstr(text, "default-src 'none'"));
	assert_non_null(strstr(text, "<td>&lt;b&gt;</td>"));
	assert_non_null(strstr(text, "<th scope=\"row\">\u05d0</th>"));
	assert_non_null(strstr(text, "<td class=\"n\">1,234,567</td>"));
	static const char *const none[] = {"<script", "http://", "https://", "@import", "url(", "<link", " on"};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_null(strstr(text, none[i]));
}

static void a_verdict_is_word_symbol_and_colour(void **state) {
	(void)state;
	struct page p = {0};
	html_verdict(&p, VERDICT_PASS, "PASS so far", "no leaks");
	html_verdict(&p, VERDICT_FAIL, "FAIL", "personal data leaks");
	html_verdict(&p, VERDICT_INCONCLUSIVE, "INCONCLUSIVE", NULL);
	_cleanup_free_ char *text = page_take(&p);
	assert_string_equal(
	    text, "<span class=\"verdict pass\"><span aria-hidden=\"true\">\u2714</span> PASS so far: no leaks</span>"
	          "<span class=\"verdict fail\"><span aria-hidden=\"true\">\u2718</span> FAIL: personal data leaks</span>"
	          "<span class=\"verdict unsure\"><span aria-hidden=\"true\">?</span> INCONCLUSIVE</span>");
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_from_outside_is_markup),
	    cmocka_unit_test(every_byte_is_safe_anywhere),
	    cmocka_unit_test(a_page_loads_and_runs_nothing),
	    cmocka_unit_test(a_verdict_is_word_symbol_and_colour),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
