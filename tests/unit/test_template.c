/* SPDX-License-Identifier: MIT */
#include "find/template.h"

#include "find/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The template of a text in which '[[' and ']]' stand around the value, read from a buffer without a byte to spare. */
static void template_of(char ret[FIND_STATEMENT_SIZE], const char *marked) {
	const char *open = strstr(marked, "[["), *close = strstr(marked, "]]");
	assert_true(open && close);
	size_t start = (size_t)(open - marked), end = (size_t)(close - marked) - 2, len = strlen(marked) - 4;
	char *text = malloc(len + !len);
	assert_non_null(text);
	memcpy(text, marked, start);
	memcpy(text + start, open + 2, end - start);
	memcpy(text + end, close + 2, len - end);
	struct template t;
	template_read(&t, &(struct template_prefix){0}, text, len, start, end);
	template_text(ret, &t, "EMAIL");
	free(text);
}

static void a_statement_keeps_its_words_only(void **state) {
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"signup failed for [[a@b.fi]] after 31 ms", "signup failed for <email> after <num> ms"},
	    {"2026-11-22T10:00:01Z ERROR [w-1] c.s.SignupService - signup failed for Maija Korhonen <[[a@b.fi]]>",
	     "<*> error <*> signup service signup failed for <*> <email>"},
	    {"10.1.2.3 - - [22/Nov/2026:10:00:00 +0000] \"GET /api/users/maija/orders?email=[[a@b.fi]]&card=4 HTTP/1.1\" "
	     "200 5",
	     "<*> get api users <*> orders email <email> <*> http <*>"},
	    {"{\"level\":\"warn\",\"user\":\"request failed\",\"msg\":\"mail to [[a@b.fi]] bounced, retry later\"}",
	     "<*> mail to <email> <*> retry later"},
	    {"{\"log\":\"{\\\"user\\\":\\\"order\\\",\\\"msg\\\":\\\"mail to [[a@b.fi]] "
	     "rejected\\\",\\\"name\\\":\\\"error\\\"}\"}",
	     "<*> mail to <email> rejected <*>"},
	    {"{\"order\":{\"customer\":{\"email\":\"[[a@b.fi]]\",\"status\":\"failed\"}}}", "<*> email <email> <*>"},
	    {"order created customer='server request' email=[[a@b.fi]] retry=true done",
	     "order created <*> email <email> <*> done"},
	    {"User{name=Maija, email=[[a@b.fi]], status=active}", "user <*> email <email> <*>"},
	    {"{\"uri\":\"/order?mail=[[a@b.fi]]\",\"headers\":{\"User-Agent\":[\"mail request\", "
	     "\"web\"],\"Accept\":[\"text\"]}}",
	     "uri <email> <*>"},
	    {"{\"mails\":[\"order\",\"[[a@b.fi]]\",\"user\"],\"status\":\"failed\"}", "<*> <email> <*>"},
	    {"{\"orders\":[{\"user-email\":\"[[a@b.fi]]\"}]}", "<*> user email <email>"},
	    {":status => failed, :email => [[a@b.fi]]", "<*> email <email>"},
	    {"[[a@b.fi]]", "<email>"},
	    {"sent=[[a@b.fi]]", "sent <email>"},
	    {"note=\"please call [[a@b.fi]] about the order\" done", "note <email> done"},
	    {"order 66 user42 total42 of [[a@b.fi]]", "order <*> of <email>"},
	    {"requ\xc3\xaate request [[a@b.fi]]", "<*> request <email>"},
	    {"key=", NULL},
	};
	for (size_t i = 0; cases[i].want; i++) {
		char got[FIND_STATEMENT_SIZE];
		template_of(got, cases[i].text);
		assert_string_equal(got, cases[i].want);
	}
	(void)state;
}

static void words_far_from_the_value_do_not_count(void **state) {
	char text[20000] = "", got[FIND_STATEMENT_SIZE];
	for (int i = 0; i < 300; i++)
		strcat(text, i % 2 ? "request " : "failed ");
	strcat(text, "order for [[a@b.fi]] ");
	for (int i = 0; i < 300; i++)
		strcat(text, "session ");
	template_of(got, text);
	assert_string_equal(got,
	                    "failed request failed request failed request failed request failed request order for <email> "
	                    "session session session session");
	(void)state;
}

/* As of JSON: what is behind the value in a fixed number of bytes depends on how many digits a number has. */
static void how_long_other_values_are_does_not_count(void **state) {
	char text[1024], first[FIND_STATEMENT_SIZE], got[FIND_STATEMENT_SIZE];
	for (int n = 0; n < 400; n++) {
		snprintf(text, sizeof(text), "{\"msg\":\"mail to [[a@b.fi]]\",\"trace\":\"%0*d\"} for this request", n + 1, 7);
		template_of(n ? got : first, text);
		if (n)
			assert_string_equal(got, first);
	}
	(void)state;
}

/* Whatever stands there, what comes out is made of our words and marks. */
static bool is_of_our_making(const char *statement) {
	char copy[FIND_STATEMENT_SIZE], *save = NULL;
	snprintf(copy, sizeof(copy), "%s", statement);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		bool mark = !strcmp(word, "<*>") || !strcmp(word, "<num>") || !strcmp(word, "<email>");
		if (!mark && word_find(word, strlen(word)) < 0)
			return false;
	}
	return true;
}

static const char *const parts[] = {
    "Maija",
    "Korhonen",
    "Rue de la Paix 12",
    "kuusikoti.fi",
    "request",
    "failed",
    "=",
    ":",
    "\"",
    "\\\"",
    "'",
    "{",
    "}",
    "=>",
    " ",
    ",",
    "_",
    "&",
    "/",
    "user",
    "Order",
    "ERROR",
    "4111",
    "7f3a",
    "msg",
    "\xc3\xa9",
    "\xff",
    "\n",
    "[",
    "@",
};

static const char *a_part(unsigned *seed) {
	return parts[(size_t)rand_r(seed) % (sizeof(parts) / sizeof(*parts))];
}

static void nothing_but_listed_words_comes_out(void **state) {
	unsigned seed = 20261122;
	for (int i = 0; i < 20000; i++) {
		char text[2048] = "", got[FIND_STATEMENT_SIZE];
		int len = rand_r(&seed) % 40, at = len ? rand_r(&seed) % len : 0;
		for (int k = 0; k <= len; k++) {
			if (k == at)
				strcat(text, "[[a@b.fi]]");
			strcat(text, a_part(&seed));
			if (rand_r(&seed) % 2)
				strcat(text, " ");
		}
		if (strstr(text, "[[[") || strstr(text, "]]]"))
			continue;
		template_of(got, text);
		assert_true(is_of_our_making(got));
		assert_non_null(strstr(got, "<email>"));
	}
	(void)state;
}

/* Values of one record, in order, of which each may lie in any of its parts. */
static void a_record_read_on_gives_what_reading_it_anew_gives(void **state) {
	static char text[32768];
	unsigned seed = 20261123;
	for (int i = 0; i < 200; i++) {
		struct template_prefix prefix = {0};
		size_t len = 0, values = 0, most = i % 2 ? sizeof(text) : 400;
		while (len + 64 < most)
			len += (size_t)sprintf(text + len, "%s%s", a_part(&seed), rand_r(&seed) % 2 ? " " : "");
		for (size_t start = 0, end; start < len; start = end + rand_r(&seed) % 300, values++) {
			struct template on, anew;
			end = start + 1 + rand_r(&seed) % 12;
			end = end < len ? end : len;
			template_read(&on, &prefix, text, len, start, end);
			template_read(&anew, &(struct template_prefix){0}, text, len, start, end);
			assert_int_equal(on.len, anew.len);
			assert_memory_equal(on.items, anew.items, on.len * sizeof(*on.items));
		}
		assert_true(values > 1);
	}
	(void)state;
}

static void the_words_are_sorted_and_fit(void **state) {
	size_t n = 0;
	for (; word_at(n); n++) {
		assert_true(strlen(word_at(n)) <= WORD_LEN_MAX);
		assert_true(n == 0 || strcmp(word_at(n - 1), word_at(n)) < 0);
		assert_int_equal(word_find(word_at(n), strlen(word_at(n))), n);
	}
	assert_true(n > 1000 && n < INT16_MAX);
	assert_int_equal(word_find("fail", 3), -1);
	assert_int_equal(word_find("maija", 5), -1);
	assert_int_equal(word_find("", 0), -1);
	(void)state;
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_statement_keeps_its_words_only),
	    cmocka_unit_test(words_far_from_the_value_do_not_count),
	    cmocka_unit_test(how_long_other_values_are_does_not_count),
	    cmocka_unit_test(nothing_but_listed_words_comes_out),
	    cmocka_unit_test(a_record_read_on_gives_what_reading_it_anew_gives),
	    cmocka_unit_test(the_words_are_sorted_and_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
