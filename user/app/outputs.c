/* SPDX-License-Identifier: MIT */
#include "app/outputs.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "view/screen.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>

#define DOUBTS_SHOWN 10

static const struct emit_format *text(void) {
	return emit_format_find("text");
}

static int add_stream(struct outputs *outputs, const struct emit_format *format, const char *path, int fd, bool color) {
	if (outputs->len == PIPELINE_OUTPUTS_MAX)
		return -E2BIG;
	outputs->items[outputs->len++] = (struct pipeline_output){format, path, fd, color};
	return 0;
}

/* A report is written when all is over: that its folder is not there has to be said before. */
static int add_document(struct outputs *outputs, const struct report_format *format, const char *path, int fd,
                        struct diags *diags) {
	_cleanup_free_ char *copy = path ? strdup(path) : NULL;
	if (outputs->documents_len == OUTPUTS_DOCUMENTS_MAX)
		return -E2BIG;
	if (path && !copy)
		return -ENOMEM;
	if (path && access(dirname(copy), W_OK | X_OK) < 0) {
		int r = -errno;
		diags_say(diags, "cannot write to %s: %s", path, strerror(errno));
		return r;
	}
	outputs->documents[outputs->documents_len++] = (struct outputs_document){format, path, fd};
	return 0;
}

/* -f, or what the file's name ends with, or text. */
static int add_file(struct outputs *outputs, const struct output_options *o, const char *path, struct diags *diags) {
	const struct report_format *document = o->document;
	const struct emit_format *stream = o->format;
	const char *dot = strrchr(path, '.');
	if (!stream && !document && dot)
		stream = emit_format_find(dot + 1);
	if (!stream && !document)
		document = report_format_of_file(path);
	if (document)
		return add_document(outputs, document, path, -1, diags);
	return add_stream(outputs, stream ? stream : text(), path, -1, o->color == COLOR_ALWAYS);
}

static int add_files(struct outputs *outputs, const struct output_options *o, struct diags *diags) {
	int r = 0;
	for (size_t i = 0; i < o->paths.len && !r; i++)
		r = add_file(outputs, o, o->paths.items[i], diags);
	for (size_t i = 0; i < o->junit_paths.len && !r; i++)
		r = add_document(outputs, report_format_find("junit"), o->junit_paths.items[i], -1, diags);
	return r;
}

bool outputs_in_github(void) {
	const char *actions = getenv("GITHUB_ACTIONS");
	return actions && !strcmp(actions, "true");
}

/* It shows what such lines say beside the source. */
static int add_annotations(struct outputs *outputs, struct diags *diags) {
	return outputs_in_github() ? add_document(outputs, report_format_find("github"), NULL, 2, diags) : 0;
}

static int complain(int r, struct diags *diags) {
	if (r == -E2BIG)
		diags_say(diags, "too many outputs: at most %d of lines and %d reports", PIPELINE_OUTPUTS_MAX,
		          OUTPUTS_DOCUMENTS_MAX);
	else if (r && !diags_any(diags))
		diags_say(diags, "cannot start: %s", strerror(-r));
	return r;
}

int outputs_for_watch(struct outputs *ret, const struct output_options *o, bool plain, struct diags *ret_diags) {
	*ret = (struct outputs){0};
	int r = add_files(ret, o, ret_diags);
	const struct emit_format *suggested = plain || isatty(1) ? text() : emit_format_find("jsonl");
	if (!r && !o->paths.len && o->document)
		r = add_document(ret, o->document, NULL, 1, ret_diags);
	else if (!r && !o->paths.len)
		r = add_stream(ret, o->format ? o->format : suggested, NULL, 1, options_color(o, 1));
	bool in_words = ret->len && !ret->items[0].path && ret->items[0].format == text();
	ret->told = !o->paths.len;
	ret->words_after = !o->quiet && !in_words;
	if (!r)
		r = add_annotations(ret, ret_diags);
	return complain(r, ret_diags);
}

bool outputs_want_screen(const struct output_options *o) {
	return !o->paths.len && !o->format && !o->document && screen_is_possible();
}

int outputs_for_screen(struct outputs *ret, const struct output_options *o, struct diags *ret_diags) {
	*ret = (struct outputs){.words_after = !o->quiet};
	return complain(add_files(ret, o, ret_diags), ret_diags);
}

int outputs_for_run(struct outputs *ret, const struct output_options *o, struct diags *ret_diags) {
	*ret = (struct outputs){0};
	int r = add_files(ret, o, ret_diags);
	if (!r && !o->paths.len && o->document)
		r = add_document(ret, o->document, NULL, 2, ret_diags);
	else if (!r && !o->paths.len && o->format)
		r = add_stream(ret, o->format, NULL, 2, options_color(o, 2));
	else if (!r && !o->quiet)
		r = add_stream(ret, text(), NULL, 2, options_color(o, 2));
	ret->told = !o->paths.len && (o->document || o->format || !o->quiet);
	if (!r)
		r = add_annotations(ret, ret_diags);
	return complain(r, ret_diags);
}

int outputs_for_report(struct outputs *ret, const struct output_options *o, struct diags *ret_diags) {
	const struct report_format *asked = o->format ? report_format_find(o->format->name) : o->document;
	const struct report_format *text_report = report_format_find("text");
	*ret = (struct outputs){0};
	if (o->format && !asked) {
		diags_say(ret_diags, "-f %s is for lines that come while something is watched: of a report jsonl",
		          o->format->name);
		return -EINVAL;
	}
	int r = 0;
	for (size_t i = 0; i < o->paths.len && !r; i++) {
		const struct report_format *named = report_format_of_file(o->paths.items[i]);
		r = add_document(ret, asked ?: named ?: text_report, o->paths.items[i], -1, ret_diags);
	}
	for (size_t i = 0; i < o->junit_paths.len && !r; i++)
		r = add_document(ret, report_format_find("junit"), o->junit_paths.items[i], -1, ret_diags);
	if (!r && !o->paths.len)
		r = add_document(ret, asked ?: text_report, NULL, 1, ret_diags);
	return complain(r, ret_diags);
}

bool outputs_want_json(const struct outputs *outputs) {
	for (size_t i = 0; i < outputs->documents_len; i++)
		if (outputs->documents[i].format->wants_json)
			return true;
	return false;
}

static void say_texts(const char *what, char *const *texts, size_t len) {
	for (size_t i = 0; i < len && i < DOUBTS_SHOWN; i++) {
		_cleanup_free_ char *shown = text_visible(texts[i], strlen(texts[i]));
		fprintf(stderr, "logspill: %s: %s\n", what, shown ? shown : "?");
	}
	if (len > DOUBTS_SHOWN)
		fprintf(stderr, "logspill: %s: %zu more\n", what, len - DOUBTS_SHOWN);
}

void outputs_say_doubts(const struct summary *s) {
	if (s->verdict == VERDICT_INCONCLUSIVE)
		say_texts("inconclusive", s->reasons, s->reasons_len);
	say_texts("not looked at", s->blind_spots, s->blind_spots_len);
	say_texts("not looked at", s->unread, s->unread_len);
}

void outputs_say_summary(const struct outputs *outputs, const struct summary *s, const struct output_options *o) {
	if (!outputs->words_after && !outputs->told)
		outputs_say_doubts(s);
	if (!outputs->words_after)
		return;
	const struct emit_context context = {.color = options_color(o, 2)};
	_cleanup_free_ char *words = text()->summary(s, &context);
	if (words)
		fputs(words, stderr);
}

static int write_document(const struct outputs_document *d, const struct report *r) {
	_cleanup_free_ char *text = d->format->write(r);
	if (!text)
		return -ENOMEM;
	return d->path ? file_write_document(d->path, text, strlen(text), 0600) : file_write_all(d->fd, text, strlen(text));
}

int outputs_write_documents(const struct outputs *outputs, const struct report *r, struct diags *ret_diags) {
	int failed = 0;
	for (size_t i = 0; i < outputs->documents_len; i++) {
		const struct outputs_document *d = &outputs->documents[i];
		int error = write_document(d, r);
		if (error < 0)
			diags_say(ret_diags, "writing to %s failed: %s", d->path ? d->path : "the output", strerror(-error));
		failed = failed ? failed : error;
	}
	return failed;
}
