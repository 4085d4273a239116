/* SPDX-License-Identifier: MIT */
#include "rule/rule.h"

#include "base/buf.h"
#include "base/file.h"
#include "rule/field.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A rule without a mistake, below `rules:`. */
#define GOOD(id, more)                                                                                                 \
	"  - id: " id "\n"                                                                                                 \
	"    name: A number\n"                                                                                             \
	"    entity: A_NUMBER\n"                                                                                           \
	"    category: national_id\n"                                                                                      \
	"    region: FI\n"                                                                                                 \
	"    severity: high\n"                                                                                             \
	"    impact: 4\n"                                                                                                  \
	"    confidence: {base: 0.5, context: 0.75}\n"                                                                     \
	"    find: {shapes: ['\\d{6}-\\d{3}[A-Z]']}\n"                                                                     \
	"    context: {need: required, keywords: [Social Security, 'sotu']}\n"                                             \
	"    remediation: Leave it out.\n"                                                                                 \
	"    examples: ['sotu «131052-308T» ok']\n" more

struct fixture {
	char dir[64];
	struct diags diags;
	struct rules *rules;
};

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/test_rule.XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state) {
	struct fixture *f = *state;

	rules_free(f->rules);
	diags_release(&f->diags);
	nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

static const char *put(struct fixture *f, const char *name, const char *text) {
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	char *slash = strrchr(path, '/');
	*slash = 0;
	assert_int_equal(file_mkdirs(path, 0700), 0);
	*slash = '/';
	assert_int_equal(file_write_atomic(path, text, strlen(text), 0600), 0);
	return path;
}

static int load(struct fixture *f, const char *dir) {
	rules_free(f->rules);
	f->rules = NULL;
	diags_release(&f->diags);
	return rules_load(&f->rules, &dir, 1, &f->diags);
}

static int load_text(struct fixture *f, const char *text) {
	return load(f, put(f, "one.yaml", text));
}

static void assert_says(struct fixture *f, int line, int col, const char *text) {
	for (size_t i = 0; i < f->diags.len; i++) {
		const struct diag *d = &f->diags.items[i];
		if (d->line == line && d->col == col && strstr(d->text, text))
			return;
	}
	diags_print(&f->diags, stderr);
	fail_msg("nothing says at %d:%d: %s", line, col, text);
}

static const struct rule *rule_of(const struct rules *rules, const char *id) {
	for (size_t i = 0; i < rules->len; i++)
		if (!strcmp(rules->items[i].id, id))
			return &rules->items[i];
	fail_msg("there is no rule %s", id);
	return NULL;
}

static void a_rule_is_read_as_it_is_written(void **state) {
	struct fixture *f = *state;

	assert_int_equal(load_text(f, "rules:\n" GOOD("fi.number", "    exclude: {exact: [AbC], near: [Trace-Id]}\n"
	                                                           "    mask: {style: none_shown, first: 1, last: 2}\n"
	                                                           "    precedence: specific\n"
	                                                           "    opt_in: true\n"
	                                                           "    references: ['https://dvv.fi']\n"
	                                                           "    counter_examples:\n"
	                                                           "      - {text: 'a', why: 'b'}\n")),
	                 0);
	assert_int_equal(f->rules->len, 1);
	const struct rule *r = rule_of(f->rules, "fi.number");
	assert_non_null(r);
	assert_string_equal(r->name, "A number");
	assert_string_equal(r->entity, "A_NUMBER");
	assert_string_equal(r->region, "FI");
	assert_int_equal(r->severity, RULE_HIGH);
	assert_string_equal(rule_severity_name(r->severity), "high");
	assert_int_equal(r->impact, 4);
	assert_true(r->confidence == 0.5f && r->confidence_context == 0.75f);
	assert_int_equal(r->shapes.len, 1);
	assert_int_equal(r->context, RULE_CONTEXT_REQUIRED);
	assert_int_equal(r->context_window, 40);
	assert_string_equal(r->context_keywords.items[0], "socialsecurity");
	assert_string_equal(r->context_keywords.items[1], "sotu");
	assert_string_equal(r->exclude_exact.items[0], "abc");
	assert_string_equal(r->exclude_near.items[0], "traceid");
	assert_int_equal(r->mask.style, RULE_MASK_NONE_SHOWN);
	assert_int_equal(r->mask.first, 1);
	assert_int_equal(r->mask.last, 2);
	assert_int_equal(r->precedence, RULE_SPECIFIC);
	assert_true(r->opt_in);
	assert_string_equal(r->references.items[0], "https://dvv.fi");
	assert_string_equal(r->examples[0].text, "sotu 131052-308T ok");
	assert_int_equal(r->examples[0].spans_len, 1);
	assert_int_equal(r->examples[0].spans[0].start, 5);
	assert_int_equal(r->examples[0].spans[0].end, 16);
	assert_int_equal(r->examples[0].line, 13);
	assert_string_equal(r->counter_examples[0].why, "b");
	assert_int_equal(r->line, 2);
	assert_int_equal(r->index, 0);
}

static void defaults_fill_in_what_a_rule_leaves_out(void **state) {
	struct fixture *f = *state;

	assert_int_equal(
	    load_text(f, "defaults: {category: credential, region: global, severity: low, impact: 2, entity: 'SECRET:x',\n"
	                 "           confidence: {base: 0.75}, remediation: Rotate., mask: {first: 3}}\n"
	                 "rules:\n"
	                 "  - {id: a.b, name: n, severity: high, mask: {last: 1}, find: {keys: ['*Pass_Word'], max: 64}, "
	                 "examples: ['x=«y»']}\n"
	                 "  - {id: a.c, name: n, find: {anchor: 'x', span: token}, examples: ['«y» «z»']}\n"),
	    0);
	const struct rule *b = rule_of(f->rules, "a.b"), *c = rule_of(f->rules, "a.c");
	assert_int_equal(b->severity, RULE_HIGH);
	assert_int_equal(c->severity, RULE_LOW);
	assert_int_equal(b->mask.first, 3);
	assert_int_equal(b->mask.last, 1);
	assert_int_equal(c->mask.last, 0);
	assert_true(c->confidence == 0.75f && c->confidence_context == 0.75f);
	assert_string_equal(b->keys.items[0], "*password");
	assert_int_equal(b->value_min, 1);
	assert_int_equal(b->value_max, 64);
	assert_int_equal(c->examples[0].spans_len, 2);
	assert_int_equal(c->examples[0].spans[1].start, 2);
	assert_int_equal(c->precedence, RULE_GENERIC);
	assert_string_equal(c->remediation, "Rotate.");
}

/* Each text has exactly one mistake; it is said once, at its place. */
static void one_mistake_is_one_diagnostic_at_its_place(void **state) {
	struct fixture *f = *state;
	static const struct {
		const char *text;
		int line, col;
		const char *says;
	} cases[] = {
	    {"rules:\n" GOOD("fi.x", "    severty: high\n"), 14, 5, "did you mean \"severity\""},
	    {"rules:\n" GOOD("fi.x", "    wombat: 1\n"), 14, 5, "there is no field \"wombat\""},
	    {"rules:\n" GOOD("fi.x", "    mask: {frist: 1}\n"), 14, 12, "\"mask.frist\": did you mean \"first\""},
	    {"rules:\n" GOOD("fi.x", "    mask.first: 1\n"), 14, 5, "there is no field"},
	    {"rules:\n" GOOD("fi.x", "    name: again\n"), 14, 5, "name stands here twice"},
	    {"rules:\n" GOOD("fi.x", "    mask: 3\n"), 14, 11, "mask must be a mapping, not text"},
	    {"rules:\n" GOOD("fi.x", "    opt_in: yes\n"), 14, 13, "true or false"},
	    {"rules:\n" GOOD("fi.x", "    precedence: high\n"), 14, 17, "one of catchall, generic, specific"},
	    {"rules:\n" GOOD("fi.x", "    references: https://x\n"), 14, 17, "must be a list of texts, not text"},
	    {"rules:\n" GOOD("fi.x", "    references: []\n"), 14, 5, "empty list"},
	    {"rules:\n" GOOD("fi.x", "    references: [a, [b]]\n"), 14, 22, "must be text, not a list"},
	    {"rules:\n" GOOD("fi.x", "    references: [*a]\n"), 14, 19, "not an alias"},
	    {"rules:\n" GOOD("fi.x", "    validator:\n"), 14, 5, "not nothing"},
	    {"rules:\n" GOOD("fi.x", "    validator: ''\n"), 14, 17, "must not be empty"},
	    {"rules:\n" GOOD("fi.x", "    validator: \"a\\0b\"\n"), 14, 17, "NUL"},
	    {"rules:\n" GOOD("fi.x", "    validator: lunh\n"), 14, 16, "there is no validator \"lunh\""},
	    {"rules:\n" GOOD("fi.x", "    mask: {first: 9}\n"), 14, 19, "must be 0 to 8, not 9"},
	    {"rules:\n" GOOD("fi.x", "    mask: {first: 1.5}\n"), 14, 19, "whole number"},
	    {"rules:\n" GOOD("fi.x", "    mask: {first: -1}\n"), 14, 19, "whole number"},
	    {"rules:\n" GOOD("fi.x", "    mask: {first: 99999999999999999999}\n"), 14, 19, "0 to 8"},
	    {"rules:\n" GOOD("fi.x", "    exclude: {near: ['--']}\n"), 14, 23, "nothing of this keyword is left"},
	    {"rules:\n" GOOD("x", ""), 2, 9, "family.name"},
	    {"rules:\n" GOOD("fi..x", ""), 2, 9, "family.name"},
	    {"rules:\n" GOOD("fi.x", "    counter_examples: [a]\n"), 14, 24, "says why"},
	    {"rules:\n" GOOD("fi.x", "    counter_examples: [{text: '«a»', why: b}]\n"), 14, 25, "no marks"},
	    {"rules:\n" GOOD("fi.x", "    counter_examples: [{text: 'a', class: test, why: b}]\n"), 14, 36, "too much"},
	    {"rules:\n" GOOD("fi.x", "") GOOD("fi.x", ""), 14, 9, "is taken by the rule at"},
	    {"rules: []\ndefaults: {impakt: 1}\n", 2, 12, "did you mean \"impact\""},
	    {"rules: []\ndefaults: {id: a.b}\n", 2, 12, "belongs to one rule"},
	    {"rules: []\nrules: []\n", 2, 1, "once each"},
	    {"rules: {}\n", 1, 1, "a list"},
	    {"ruels: []\n", 1, 1, "a list"},
	    {"- id: a.b\n", 1, 3, "`rules:`, a list"},
	    {"rules: [a]\n", 1, 9, "must be a mapping, not text"},
	    {"", 0, 0, "holds nothing"},
	    {"rules: []\n---\nrules: []\n", 0, 0, "more than one YAML document"},
	    {"rules: [\n", 0, -1, "not valid YAML"},
	    {"rules: []\n# \xff\n", 2, 3, "not UTF-8"},
	    {"rules: []\n%\xef", 2, 2, "not UTF-8"}, /* libfyaml 0.7.12 would read on for ever */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(load_text(f, cases[i].text), -EINVAL);
		assert_null(f->rules);
		if (f->diags.len != 1) {
			diags_print(&f->diags, stderr);
			fail_msg("case %zu, %s: %zu diagnostics", i, cases[i].says, f->diags.len);
		}
		if (cases[i].col >= 0)
			assert_says(f, cases[i].line, cases[i].col, cases[i].says);
		else
			assert_non_null(strstr(f->diags.items[0].text, cases[i].says));
	}
}

static void what_cannot_work_is_refused(void **state) {
	struct fixture *f = *state;
	static const struct {
		const char *find;
		const char *says;
	} cases[] = {
	    {"find: {shapes: ['\\d{3}-\\d']}", "any text of that form"},
	    {"find: {shapes: ['ab''c\\d[x']}, validator: luhn", "at byte 7 of the shape: this class is not closed"},
	    {"find: {shapes: ['[+-]{4}\\d{3}']}, validator: luhn", "cannot be found"},
	    {"find: {shapes: ['ab[cd]{3}']}, validator: luhn", "cannot be found"},
	    {"find: {shapes: ['\\d?\\d{3}']}, validator: luhn", "cannot be found"},
	    {"find: {anchor: x}", "anchor and span go together"},
	    {"find: {shapes: ['abc'], value: '\\d'}", "goes with find.keys only"},
	    {"find: {keys: [x], value: '\\w'}", "at byte 1 of the shape"},
	    {"find: {keys: [x], min: 9, max: 3}", "is more than find.max"},
	    {"find: {keys: [x], min: 0}", "1 to 4096"},
	    {"find: {keys: [x], shapes: ['abc']}", "this one has several"},
	    {"find: {keys: [x]}, context: {need: required}", "context needs keywords"},
	    {"find: {keys: [x]}, context: {keywords: [a]}", "keywords without use"},
	    {"find: {keys: [x]}, context: {need: optional, window: 3, keywords: [abcd]}", "longer than context.window"},
	    {"find: {keys: [x]}, confidence: {base: 0.5, context: 0.4}", "less certain"},
	    {"find: {shapes: ['\\d{3}']}, validator: luhn, confidence: {base: 0.2, alone: 0.5}",
	     "of rules that need context"},
	    {"find: {shapes: ['\\d{3}']}, context: {need: required, keywords: [a]}, confidence: {base: 0.5, alone: 0.5}",
	     "have a validator"},
	    {"find: {shapes: ['\\d{3}']}, validator: luhn, context: {need: required, keywords: [a]},"
	     " confidence: {base: 0.2, context: 0.4, alone: 0.5}",
	     "confidence.context < confidence.alone"},
	    {"find: {keys: [x]}, confidence: {base: 1.1}", "0 to 1, not 1.1"},
	    {"find: {keys: [x]}, confidence: {base: .5}", "must be a number"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text),
		         "rules:\n"
		         "- {id: a.b, name: n, entity: E, category: c, region: FI, severity: low, impact: 1,\n"
		         "   %s remediation: r, examples: ['«x»'],\n"
		         "   %s}\n",
		         strstr(cases[i].find, "confidence") ? "" : "confidence: {base: 0.5},", cases[i].find);
		if (load_text(f, text) != -EINVAL)
			fail_msg("%s: not refused", cases[i].find);
		if (f->diags.len != 1) {
			diags_print(&f->diags, stderr);
			fail_msg("%s: %zu diagnostics", cases[i].find, f->diags.len);
		}
		if (!strstr(f->diags.items[0].text, cases[i].says))
			fail_msg("%s: %s", cases[i].find, f->diags.items[0].text);
	}
}

static void a_missing_field_is_named(void **state) {
	struct fixture *f = *state;

	assert_int_equal(load_text(f, "rules:\n  - id: a.b\n    find: {keys: [x]}\n"), -EINVAL);
	size_t required = 0;
	for (const struct rule_field *field = rule_fields; field->name; field++)
		required += field->required;
	assert_int_equal(f->diags.len, required - 1);
	assert_says(f, 2, 5, "lacks severity");
	assert_says(f, 2, 5, "lacks examples");
}

static void all_mistakes_of_all_files_are_reported(void **state) {
	struct fixture *f = *state;

	put(f, "p/a.yaml", "rules:\n" GOOD("fi.x", "    severty: high\n    mask: {first: 9}\n") GOOD("y", ""));
	put(f, "p/b/c.yaml", "rules:\n" GOOD("fi.z", "    validator: nope\n") GOOD("fi.x", ""));
	char dir[128];
	snprintf(dir, sizeof(dir), "%s/p", f->dir);
	assert_int_equal(load(f, dir), -EINVAL);
	assert_int_equal(f->diags.len, 5);
	assert_says(f, 14, 5, "severity");
	assert_says(f, 15, 19, "0 to 8");
	assert_says(f, 16, 9, "family.name");
	assert_says(f, 14, 16, "nope");
	assert_says(f, 15, 9, "taken by");
	assert_non_null(strstr(f->diags.items[0].file, "/p/a.yaml"));
	assert_non_null(strstr(f->diags.items[4].file, "/p/b/c.yaml"));
}

static void a_later_directory_replaces_rules_by_id(void **state) {
	struct fixture *f = *state;
	char first[128], second[128];
	const char *dirs[] = {first, second};

	put(f, "1/a.yaml", "rules:\n" GOOD("fi.x", "") GOOD("fi.y", ""));
	put(f, "2/b.yaml", "rules:\n" GOOD("fi.z", "") GOOD("fi.x", "    opt_in: true\n"));
	snprintf(first, sizeof(first), "%s/1", f->dir);
	snprintf(second, sizeof(second), "%s/2/b.yaml", f->dir);
	assert_int_equal(rules_load(&f->rules, dirs, 2, &f->diags), 0);
	assert_int_equal(f->rules->len, 3);
	assert_true(rule_of(f->rules, "fi.x")->opt_in);
	assert_non_null(strstr(rule_of(f->rules, "fi.x")->file, "/2/b.yaml"));
	for (size_t i = 0; i < f->rules->len; i++)
		assert_int_equal(f->rules->items[i].index, i);
}

static void files_are_read_in_byte_order_and_dot_names_are_not(void **state) {
	struct fixture *f = *state;

	put(f, "p/b.yaml", "rules:\n" GOOD("fi.b", ""));
	put(f, "p/a/z.yaml", "rules:\n" GOOD("fi.a", ""));
	put(f, "p/a.yaml", "rules:\n" GOOD("fi.c", ""));
	put(f, "p/.hidden.yaml", "x");
	put(f, "p/..data/a.yaml", "x");
	put(f, "p/README.md", "x");
	char dir[128];
	snprintf(dir, sizeof(dir), "%s/p", f->dir);
	assert_int_equal(load(f, dir), 0);
	assert_int_equal(f->rules->files.len, 3);
	assert_string_equal(f->rules->items[0].id, "fi.c");
	assert_string_equal(f->rules->items[1].id, "fi.a");
	assert_string_equal(f->rules->items[2].id, "fi.b");
}

static void what_cannot_be_read_is_said(void **state) {
	struct fixture *f = *state;
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/none", f->dir);
	assert_int_equal(load(f, dir), -ENOENT);
	assert_int_equal(f->diags.len, 1);
	assert_non_null(strstr(f->diags.items[0].text, "No such file"));
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(load(f, dir), -ENOENT);
	assert_non_null(strstr(f->diags.items[0].text, "no *.yaml"));
}

static void keys_are_compared_without_case_and_separators(void **state) {
	(void)state;
	static const struct {
		const char *key, *want;
	} cases[] = {
	    {"FirstName", "firstname"},
	    {"first_name", "firstname"},
	    {"first-name", "firstname"},
	    {"a.b/c d", "abcd"},
	    {"\\\"iban\\\"", "iban"},
	    {"h\xc3\xa4", "h\xc3\xa4"},
	    {"_-.", ""},
	    {"", ""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[16];
		size_t n = key_normalize(out, sizeof(out), cases[i].key, strlen(cases[i].key));
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(out, cases[i].want, n);
	}
	char small[3] = "...";
	assert_int_equal(key_normalize(small, 2, "abcd", 4), 2);
	assert_memory_equal(small, "ab.", 3);
}

static void every_field_is_documented(void **state) {
	(void)state;
	struct buf text = {0};

	assert_int_equal(file_read("rules/README.md", 1 << 20, &text), 0);
	assert_int_equal(buf_append(&text, "", 1), 0);
	for (const struct rule_field *field = rule_fields; field->name; field++) {
		char row[64];
		snprintf(row, sizeof(row), "\n| `%s` |", field->name);
		if (!strstr(text.data, row))
			fail_msg("rules/README.md does not say what %s is", field->name);
	}
	buf_release(&text);
}

static void no_damage_to_a_file_crashes_the_loader(void **state) {
	struct fixture *f = *state;
	static const char good[] = "defaults: {severity: low}\nrules:\n" GOOD("fi.x", "    mask: {first: 1}\n");
	char text[sizeof(good)];
	unsigned seed = 4242;

	for (int round = 0; round < 1500; round++) {
		memcpy(text, good, sizeof(good));
		for (int i = 0, n = 1 + rand_r(&seed) % 4; i < n; i++)
			text[rand_r(&seed) % (sizeof(good) - 1)] = "{}[]:,'\"-\n #&*!|>%@\t\xff«0a"[rand_r(&seed) % 24];
		if (rand_r(&seed) % 4 == 0)
			text[rand_r(&seed) % sizeof(good)] = 0;
		int r = load_text(f, text);
		assert_true((r == 0 && f->rules && !f->diags.len) || (r == -EINVAL && !f->rules && f->diags.len));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(a_rule_is_read_as_it_is_written),
	    TEST(defaults_fill_in_what_a_rule_leaves_out),
	    TEST(one_mistake_is_one_diagnostic_at_its_place),
	    TEST(what_cannot_work_is_refused),
	    TEST(a_missing_field_is_named),
	    TEST(all_mistakes_of_all_files_are_reported),
	    TEST(a_later_directory_replaces_rules_by_id),
	    TEST(files_are_read_in_byte_order_and_dot_names_are_not),
	    TEST(what_cannot_be_read_is_said),
	    TEST(keys_are_compared_without_case_and_separators),
	    TEST(every_field_is_documented),
	    TEST(no_damage_to_a_file_crashes_the_loader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
