/* SPDX-License-Identifier: MIT */
/* logspill doctor: can it watch here, what will it not see, and the remedy. */
#include "cmd/cmd.h"

#include "app/doctor.h"
#include "base/cleanup.h"
#include "emit/color.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDENT 26
#define TEXT_WIDTH 84

struct doctor {
	struct options options;
	bool json;
};

static const struct argp_child children[] = {{.argp = &options_rules_argp}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct doctor *d = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		options_pass(&d->options, state, children);
		return 0;
	case 'f':
		d->json = !strcmp(arg, "json");
		if (!d->json && strcmp(arg, "text") != 0)
			argp_error(state, "-f takes text or json, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "doctor takes no argument: '%s'", arg);
		return EINVAL;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option own_options[] = {
    {"format", 'f', "FORMAT", 0, "text (default) or json", 0},
    {0},
};
static const struct argp parser = {
    .options = own_options,
    .parser = parse,
    .children = children,
    .doc = "Tells whether this host can be watched, what it will not let us see, and what to do about it: looks at the "
           "host, then watches a process of its own that writes one line."
           "\vExit status: 0 all is well; 1 watching does not work; 2 error; 3 it works, but not all is seen.",
};

static const char *color_of(bool color, enum doctor_state s) {
	static const enum verdict like[] = {VERDICT_PASS, VERDICT_PASS, VERDICT_INCONCLUSIVE, VERDICT_FAIL};
	return s == DOCTOR_NOTE ? color_dim(color) : color_of_verdict(color, like[s]);
}

/* In words, below the third column. */
static void print_wrapped(const char *label, const char *text) {
	int column = 0;
	printf("%*s%s", INDENT, "", label);
	while (*text) {
		int len = (int)strcspn(text, " ");
		if (column && column + 1 + len > TEXT_WIDTH) {
			printf("\n%*s", INDENT + (int)strlen(label), "");
			column = 0;
		}
		column += printf("%s%.*s", column ? " " : "", len, text);
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

static void print(const struct doctor_report *r, bool color) {
	static const char *const verdicts[] = {"It can watch here.", "It can watch here.",
	                                       "It can watch here, but does not see everything.", "It cannot watch here."};
	enum doctor_state worst = doctor_worst(r);
	for (size_t i = 0; i < r->len; i++) {
		const struct doctor_check *c = &r->items[i];
		printf("%s%-8s%s %-16s %s\n", color_of(color, c->state), doctor_state_name(c->state), color_off(color), c->name,
		       c->found ? c->found : "?");
		if (c->why)
			print_wrapped("why: ", c->why);
		if (c->remedy)
			print_wrapped("do:  ", c->remedy);
	}
	printf("\n%s%s%s\n", color_of(color, worst), verdicts[worst], color_off(color));
	if (worst < DOCTOR_MISSING)
		printf("next: logspill run -- YOUR-PROGRAM\n");
}

static int report(const struct doctor *d, const struct doctor_report *r) {
	static const int statuses[] = {EXIT_CLEAN, EXIT_CLEAN, EXIT_INCONCLUSIVE, EXIT_FINDINGS};
	_cleanup_free_ char *json = d->json ? doctor_json(r) : NULL;
	if (json)
		puts(json);
	else if (!d->json)
		print(r, options_color(&d->options.output, STDOUT_FILENO));
	if ((d->json && !json) || fflush(stdout)) {
		fprintf(stderr, "logspill: cannot write: %s\n", strerror(json || !d->json ? errno : ENOMEM));
		return EXIT_ERROR;
	}
	return statuses[doctor_worst(r)];
}

int cmd_doctor(int argc, char **argv) {
	struct doctor d = {0};
	struct doctor_report r = {0};
	_cleanup_(diags_release) struct diags diags = {0};
	options_parse(&parser, argc, argv, 0, &d);
	doctor_look(&r, "");
	if (!options_complete(&d.options, &diags))
		doctor_try(&r, &d.options);
	else
		doctor_add(&r, "rules", DOCTOR_MISSING, "without rules nothing is found", "--rules names their folder", "%s",
		           diags.len ? diags.items[0].text : "out of memory");
	int status = report(&d, &r);
	doctor_release(&r);
	options_release(&d.options);
	return status;
}
