/* SPDX-License-Identifier: MIT */
#include "base/yaml.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define FILE_BYTES_MAX (16 * 1024 * 1024)
/* Each place is counted out from the front of the file: a file of nothing but mistakes would take for ever. */
#define COMPLAINTS_MAX 50

struct place {
	int line, col;
};

static struct place place_of_offset(const struct yaml *s, size_t offset) {
	struct place place = {1, 1};

	for (size_t i = 0; i < offset && i < s->text.len; i++) {
		place.col++;
		if (s->text.data[i] == '\n')
			place = (struct place){place.line + 1, 1};
	}
	return place;
}

/* libfyaml 0.7.12 takes invalid bytes for the end of the scalar without a word. */
static int refuse_invalid_utf8(struct yaml *s) {
	_cleanup_free_ char *valid = text_utf8(s->text.data, s->text.len);
	size_t i = 0;

	if (!valid)
		return -ENOMEM;
	while (i < s->text.len && s->text.data[i] == valid[i])
		i++;
	/* What stands for an invalid byte is longer, and begins with a byte that may be invalid itself. */
	if (i == s->text.len && !valid[i])
		return 0;
	struct place place = place_of_offset(s, i < s->text.len ? i : i - 1);
	diags_add(s->diags, s->file, place.line, place.col, "this is not UTF-8 text: such files are UTF-8 without NUL");
	return -EINVAL;
}

static void add_parser_errors(struct yaml *s, struct fy_diag *diag) {
	struct fy_diag_error *e;
	void *iter = NULL;
	size_t before = s->diags->len;

	while ((e = fy_diag_errors_iterate(diag, &iter)))
		diags_add(s->diags, s->file, e->line, e->column, "not valid YAML: %s", e->msg);
	if (s->diags->len == before)
		diags_add(s->diags, s->file, 0, 0, "not valid YAML");
}

/* A second document would be dropped silently: it is an error. */
static int parse_one_document(struct yaml *s, struct fy_parser *parser, struct fy_diag *diag) {
	struct fy_document *second = NULL;

	if (fy_parser_set_string(parser, s->text.data ? s->text.data : "", s->text.len))
		return -ENOMEM;
	s->document = fy_parse_load_document(parser);
	if (s->document)
		second = fy_parse_load_document(parser);
	if (fy_diag_got_error(diag)) {
		add_parser_errors(s, diag);
	} else if (second) {
		diags_add(s->diags, s->file, 0, 0, "the file holds more than one YAML document");
	} else if (!s->document) {
		diags_add(s->diags, s->file, 0, 0, "the file holds nothing");
	} else {
		return 0;
	}
	if (second)
		fy_parse_document_destroy(parser, second);
	return -EINVAL;
}

static int parse(struct yaml *s) {
	struct fy_diag_cfg diag_cfg;
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS};
	struct fy_parser *parser;
	int r = -ENOMEM;

	fy_diag_cfg_default(&diag_cfg);
	diag_cfg.fp = NULL;
	cfg.diag = fy_diag_create(&diag_cfg);
	if (!cfg.diag)
		return -ENOMEM;
	fy_diag_set_collect_errors(cfg.diag, true);
	parser = fy_parser_create(&cfg);
	if (parser) {
		r = parse_one_document(s, parser, cfg.diag);
		fy_parser_destroy(parser);
	}
	fy_diag_destroy(cfg.diag);
	return r;
}

int yaml_open(struct yaml *ret, const char *file, enum trust trust, struct diags *diags) {
	size_t said = diags->len;
	_cleanup_close_ int fd = trust_open(file, trust, diags);
	int r;

	*ret = (struct yaml){.file = file, .diags = diags};
	if (diags->len > said)
		return -EINVAL;
	r = fd < 0 ? fd : file_read_fd(fd, FILE_BYTES_MAX, &ret->text);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		diags_add(diags, file, 0, 0, "cannot be read: %s", strerror(-r));
		return -EINVAL;
	}
	r = refuse_invalid_utf8(ret);
	return r < 0 ? r : parse(ret);
}

void yaml_release(struct yaml *s) {
	if (s->document)
		fy_document_destroy(s->document);
	buf_release(&s->text);
	*s = (struct yaml){0};
}

/* libfyaml 0.7.12 has marks for scalars only: a collection stands where its first scalar does. */
static const struct fy_mark *node_mark(struct fy_node *node) {
	while (node && !fy_node_is_scalar(node)) {
		void *iter = NULL;
		struct fy_node_pair *pair;
		if (fy_node_is_sequence(node)) {
			node = fy_node_sequence_iterate(node, &iter);
		} else {
			pair = fy_node_mapping_iterate(node, &iter);
			node = pair ? fy_node_pair_key(pair) : NULL;
		}
	}
	struct fy_token *token = node ? fy_node_get_scalar_token(node) : NULL;
	return token ? fy_token_start_mark(token) : NULL;
}

int yaml_line(struct fy_node *node) {
	const struct fy_mark *mark = node_mark(node);

	return mark ? mark->line + 1 : 0;
}

struct fy_node *yaml_place(struct fy_node *node, struct fy_node *instead) {
	return node_mark(node) ? node : instead;
}

/* Where byte `at` of a one-line scalar's text stands behind its start. `''` is one byte of text; double-quoted text
 * may hold escapes of any length, so it has no inner places. */
static size_t raw_offset(const struct yaml *s, struct fy_node *node, size_t start, size_t at) {
	size_t raw = 0;

	if (fy_node_get_style(node) == FYNS_PLAIN)
		return at;
	if (fy_node_get_style(node) != FYNS_SINGLE_QUOTED)
		return 0;
	for (size_t i = 0; i < at && start + raw + 1 < s->text.len; i++)
		raw += 1 + (s->text.data[start + raw] == '\'');
	return raw;
}

void yaml_complain(struct yaml *s, struct fy_node *node, size_t at, const char *fmt, ...) {
	_cleanup_free_ char *text = NULL;
	const struct fy_mark *mark = node_mark(node);
	struct place place = {0, 0};
	va_list ap;

	if (s->complaints++ >= COMPLAINTS_MAX) {
		if (s->complaints == COMPLAINTS_MAX + 1)
			diags_add(s->diags, s->file, 0, 0, "there are more mistakes in it: mend these first");
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (mark) {
		if (at && fy_node_is_scalar(node))
			at = raw_offset(s, node, mark->input_pos, at);
		place = place_of_offset(s, mark->input_pos + at);
	}
	diags_add(s->diags, s->file, place.line, place.col, "%s", text ? text : "out of memory");
}

static bool scalar_is_empty(struct fy_node *node) {
	size_t len = 0;

	return !fy_node_get_scalar(node, &len) || (!len && fy_node_get_style(node) == FYNS_PLAIN);
}

const char *yaml_kind(struct fy_node *node) {
	if (!node)
		return "nothing";
	if (fy_node_is_sequence(node))
		return "a list";
	if (fy_node_is_mapping(node))
		return "a mapping";
	if (fy_node_is_alias(node))
		return "an alias";
	return scalar_is_empty(node) ? "nothing" : "text";
}

bool yaml_is(struct fy_node *node, const char *text) {
	size_t len = 0;
	const char *own = fy_node_is_scalar(node) ? fy_node_get_scalar(node, &len) : NULL;

	return own && len == strlen(text) && !memcmp(own, text, len);
}

char *yaml_text(struct yaml *s, struct fy_node *node, struct fy_node *instead, const char *what) {
	size_t len = 0;
	const char *text;
	char *copy;

	if (!node || !fy_node_is_scalar(node) || fy_node_is_alias(node) || scalar_is_empty(node)) {
		yaml_complain(s, yaml_place(node, instead), 0, "%s must be text, not %s", what, yaml_kind(node));
		return NULL;
	}
	text = fy_node_get_scalar(node, &len);
	if (!len || memchr(text, 0, len)) {
		yaml_complain(s, yaml_place(node, instead), 0, "%s must not %s", what, len ? "hold a NUL byte" : "be empty");
		return NULL;
	}
	copy = strndup(text, len);
	if (!copy)
		s->diags->oom = true;
	return copy;
}
