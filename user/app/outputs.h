/* SPDX-License-Identifier: MIT */
/* Which outputs a command's options ask for: streams while we watch, reports and words at the end. One thread. */
#ifndef APP_OUTPUTS_H
#define APP_OUTPUTS_H

#include "app/pipeline.h"

#define OUTPUTS_DOCUMENTS_MAX 8

struct outputs_document {
	const struct report_format *format;
	const char *path; /* NULL: fd */
	int fd;
};

struct outputs {
	struct pipeline_output items[PIPELINE_OUTPUTS_MAX];
	size_t len;
	struct outputs_document documents[OUTPUTS_DOCUMENTS_MAX];
	size_t documents_len;
	bool words_after; /* the summary in words has still to be said on standard error */
	bool told;        /* what it holds goes to standard output or error anyway */
};

/* Data go to -o, else to standard output: text there if `text` says so, else as what it is suggests. 0; -E2BIG,
 * -ENOENT with a diagnostic: so many outputs, or such a place, there cannot be. */
int outputs_for_watch(struct outputs *ret, const struct output_options *o, bool text, struct diags *ret_diags);
/* A view on the terminal shows it all; -o and -f ask for something else. */
bool outputs_want_screen(const struct output_options *o);
int outputs_for_screen(struct outputs *ret, const struct output_options *o, struct diags *ret_diags);
/* Standard output belongs to the program that runs: findings are said on standard error; data go to -o. As above. */
int outputs_for_run(struct outputs *ret, const struct output_options *o, struct diags *ret_diags);
/* Reports alone, text on standard output unless something is asked for. */
int outputs_for_report(struct outputs *ret, const struct output_options *o, struct diags *ret_diags);
/* Are we run by GitHub Actions, which reads annotations from standard error? */
bool outputs_in_github(void);
bool outputs_want_json(const struct outputs *outputs);
/* On standard error: all of it, or, where nobody wants words, what must not be overlooked. */
void outputs_say_summary(const struct outputs *outputs, const struct summary *s, const struct output_options *o);
/* What was not looked at, and why there is no verdict. */
void outputs_say_doubts(const struct summary *s);
/* Writes the reports. 0, or -errno of the first that failed, with a diagnostic. */
int outputs_write_documents(const struct outputs *outputs, const struct report *r, struct diags *ret_diags);

#endif
