/* SPDX-License-Identifier: MIT */
#include "base/yaml_field.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
	char *name;
	struct yaml_texts logs;
	unsigned int mode;
	bool on;
	uint64_t count, bytes, ns;
	double share;
	char *inner;
	int read;
};

static void read_own(struct yaml *y, struct fy_node *key, struct fy_node *value, void *base) {
	(void)y, (void)key, (void)value;
	((struct settings *)base)->read++;
}

static const char *const modes[] = {"slow", "fast", NULL};

static const struct yaml_field inner[] = {
    {"text", YAML_TEXT, .offset = offsetof(struct settings, inner)},
    {NULL},
};
static const struct yaml_field fields[] = {
    {"name", YAML_TEXT, .required = true, .offset = offsetof(struct settings, name)},
    {"logs", YAML_TEXTS, .offset = offsetof(struct settings, logs)},
    {"mode", YAML_WORD, .offset = offsetof(struct settings, mode), .words = modes},
    {"on", YAML_BOOL, .offset = offsetof(struct settings, on)},
    {"count", YAML_COUNT, .offset = offsetof(struct settings, count), .min = 1, .max = 64},
    {"bytes", YAML_SIZE, .offset = offsetof(struct settings, bytes), .min = 1024, .max = 1 << 30},
    {"every", YAML_DURATION, .offset = offsetof(struct settings, ns), .min = 0.1, .max = 86400},
    {"share", YAML_NUMBER, .offset = offsetof(struct settings, share), .min = 0, .max = 1},
    {"inner", YAML_MAPPING, .fields = inner},
    {"own", YAML_READ, .read = read_own},
    {NULL},
};

struct fixture {
	char path[32];
	struct diags diags;
	struct settings settings;
};

static int setup(void **state) {
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->path, "/tmp/test_yaml.XXXXXX");
	close(mkostemp(f->path, O_CLOEXEC));
	*state = f;
	return 0;
}

static int teardown(void **state) {
	struct fixture *f = *state;
	yaml_fields_release(fields, &f->settings);
	diags_release(&f->diags);
	unlink(f->path);
	free(f);
	return 0;
}

static void read_settings(struct fixture *f, const char *text) {
	FILE *file = fopen(f->path, "we");
	struct yaml y;
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	fclose(file);
	assert_int_equal(yaml_open(&y, f->path, TRUST_BY_RIGHTS, &f->diags), 0);
	yaml_read(&y, fy_document_root(y.document), NULL, "the settings", fields, &f->settings);
	yaml_release(&y);
}

static void every_type_is_read(void **state) {
	struct fixture *f = *state;
	struct settings *s = &f->settings;
	read_settings(f, "name: a\nlogs: [x, y]\nmode: fast\non: true\ncount: 64\nbytes: 16M\nevery: 1.5s\nshare: 0.25\n"
	                 "inner:\n  text: deep\nown: {any: thing}\n");
	assert_false(diags_any(&f->diags));
	assert_string_equal(s->name, "a");
	assert_int_equal(s->logs.len, 2);
	assert_string_equal(s->logs.items[1], "y");
	assert_int_equal(s->mode, 1);
	assert_true(s->on);
	assert_int_equal(s->count, 64);
	assert_int_equal(s->bytes, 16 << 20);
	assert_int_equal(s->ns, 1500000000);
	assert_true(s->share == 0.25);
	assert_string_equal(s->inner, "deep");
	assert_int_equal(s->read, 1);
}

static void one_text_stands_for_a_list_of_it(void **state) {
	struct fixture *f = *state;
	read_settings(f, "name: a\nlogs: x\n");
	assert_false(diags_any(&f->diags));
	assert_int_equal(f->settings.logs.len, 1);
}

static void every_mistake_has_its_place(void **state) {
	struct fixture *f = *state;
	static const struct {
		int line, col;
		const char *says;
	} mistakes[] = {
	    {1, 1, "did you mean \"name\""},
	    {2, 7, "mode is one of slow, fast, not \"warp\""},
	    {3, 5, "on is true or false, not \"yes\""},
	    {4, 8, "count must be 1 to 64, not 65"},
	    {5, 8, "bytes must be a size"},
	    {6, 8, "every must be a time with its unit"},
	    {7, 8, "share must be a number"},
	    {8, 9, "there is no \"txet\" in inner: did you mean \"text\""},
	    {9, 1, "on stands here twice"},
	    {10, 9, "logs must be text, not a mapping"},
	};
	read_settings(f, "nmae: a\nmode: warp\non: yes\ncount: 65\nbytes: 16X\nevery: 10\nshare: 1e3\ninner: {txet: 1}\n"
	                 "on: true\nlogs: [{a: b}]\n");
	assert_int_equal(f->diags.len, sizeof(mistakes) / sizeof(*mistakes));
	for (size_t i = 0; i < f->diags.len; i++) {
		assert_int_equal(f->diags.items[i].line, mistakes[i].line);
		assert_int_equal(f->diags.items[i].col, mistakes[i].col);
		assert_non_null(strstr(f->diags.items[i].text, mistakes[i].says));
	}
	assert_false(f->settings.on);
	assert_int_equal(f->settings.count, 0);
}

static void what_is_required_is_missed(void **state) {
	struct fixture *f = *state;
	read_settings(f, "on: true\n");
	assert_int_equal(f->diags.len, 1);
	assert_non_null(strstr(f->diags.items[0].text, "the settings: name is missing"));
}

static void quantities_keep_to_their_range(void **state) {
	struct fixture *f = *state;
	read_settings(f, "name: a\nbytes: 1023\nevery: 2d\n");
	assert_int_equal(f->diags.len, 2);
	assert_int_equal(f->settings.bytes, 0);
	assert_int_equal(f->settings.ns, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(every_type_is_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_text_stands_for_a_list_of_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(every_mistake_has_its_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_required_is_missed, setup, teardown),
	    cmocka_unit_test_setup_teardown(quantities_keep_to_their_range, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
