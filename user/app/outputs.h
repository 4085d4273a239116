/* SPDX-License-Identifier: MIT */
/* Which outputs a command's options ask for, and the words at its end. One thread. */
#ifndef APP_OUTPUTS_H
#define APP_OUTPUTS_H

#include "app/pipeline.h"

#define OUTPUTS_MAX 2

struct outputs {
	struct pipeline_output items[OUTPUTS_MAX];
	size_t len;
	bool words_after; /* the summary in words has still to be said on standard error */
};

/* Data go to -o, else to standard output. */
void outputs_for_watch(struct outputs *ret, const struct output_options *o);
/* A view on the terminal shows it all; -o and -f ask for something else. */
bool outputs_want_screen(const struct output_options *o);
/* Standard output belongs to the program that runs: findings are said on standard error; data go to -o. */
void outputs_for_run(struct outputs *ret, const struct output_options *o);
void outputs_say_summary(const struct outputs *outputs, const struct summary *s, const struct output_options *o);

#endif
