/* SPDX-License-Identifier: MIT */
/* logspill rules: look at, check and try rules. */
#include "cmd/rules.h"

#include "cmd/cmd.h"

#include <stdlib.h>
#include <string.h>

static const struct part {
	const char *name, *arguments, *summary;
	int (*main)(const struct rules_call *call);
	size_t arguments_len;
} parts[] = {
    {"list", "", "all rules, and whether they are in force", rules_list, 0},
    {"lint", "", "all mistakes in rule files, and rules that cost too much", rules_lint, 0},
    {"test", "", "try the examples of all rules, alone and all together", rules_test, 0},
    {"explain", " LINE", "what each rule makes of a line ('-': of standard input), and why", rules_explain, 1},
    {"verify", " ENTITY", "read values, one a line, and say valid or invalid", rules_verify, 1},
    {"export", "", "configuration of a log pipeline that takes the values out: --for NAME", rules_export, 0},
};

enum { KEY_FOR = 0x900, KEY_FIRED, KEY_STORE };

#define PARTS_LEN (sizeof(parts) / sizeof(*parts))

struct rules_command {
	struct options options;
	const struct part *part;
	struct strings arguments;
	struct rules_export export;
};

static void check_export(const struct rules_command *c, struct argp_state *state) {
	bool exports = c->part->main == rules_export;
	if (!exports && (c->export.target || c->export.fired || c->export.store || c->options.output.paths.len))
		argp_error(state, "--for, --fired, --store and -o are for export");
	if (exports && !c->export.target)
		argp_error(state, "--for what? fluent-bit, otel, rsyslog or vector");
	if (c->export.fired && c->export.store)
		argp_error(state, "--fired or --store, not both");
	if (exports && c->options.output.format)
		argp_error(state, "-f is not for export");
	if (c->options.output.paths.len > 1)
		argp_error(state, "-o once");
}

static error_t parse(int key, char *arg, struct argp_state *state) {
	struct rules_command *c = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->child_inputs[1] = &c->options;
		return 0;
	case 'f':
		c->options.output.format = emit_format_find(arg);
		if (!c->options.output.format)
			argp_error(state, "-f takes text or jsonl, not '%s'", arg);
		return 0;
	case KEY_FOR:
		c->export.target = arg;
		return 0;
	case KEY_FIRED:
		c->export.fired = arg;
		return 0;
	case KEY_STORE:
		c->export.store = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (c->part)
			return -strings_add(&c->arguments, arg);
		for (size_t i = 0; i < PARTS_LEN && !c->part; i++)
			c->part = strcmp(parts[i].name, arg) ? NULL : &parts[i];
		if (!c->part)
			argp_error(state, "there is no '%s' here: --help lists what there is", arg);
		return 0;
	case ARGP_KEY_END:
		if (c->options.rules.watchlists.len)
			argp_error(state, "--watchlist is for scan, run and watch");
		if (!c->part)
			argp_error(state, "what about the rules? --help lists what there is");
		if (c->arguments.len != c->part->arguments_len)
			argp_error(state, "it goes like this: logspill rules %s%s", c->part->name, c->part->arguments);
		check_export(c, state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static char *help(int key, const char *text, void *input) {
	(void)input;
	if (key != ARGP_KEY_HELP_PRE_DOC)
		return (char *)text;
	char *list = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&list, &size);
	if (!out)
		return NULL;
	fprintf(out, "%s\n", text);
	for (size_t i = 0; i < PARTS_LEN; i++) {
		int width = fprintf(out, "\n  %s%s", parts[i].name, parts[i].arguments) - 1;
		fprintf(out, "%*s%s", width < 18 ? 18 - width : 1, "", parts[i].summary);
	}
	fclose(out);
	return list;
}

static const struct argp_child children[] = {
    {&options_rules_argp, 0, "Rules:", 2},
    {&options_output_argp, 0, "Output:", 3},
    {0},
};
static const struct argp_option rules_options[] = {
    {"format", 'f', "FORMAT", 0, "text or jsonl", 4},
    {0, 0, 0, 0, "Export:", 5},
    {"for", KEY_FOR, "NAME", 0, "fluent-bit, otel, rsyslog or vector", 5},
    {"fired", KEY_FIRED, "FILE", 0, "only rules with a finding in it: what -f jsonl, json or sarif wrote", 5},
    {"store", KEY_STORE, "FILE", 0, "only rules with a finding in this agent's store", 5},
    {0},
};
static const struct argp parser = {
    .options = rules_options,
    .parser = parse,
    .children = children,
    .args_doc = "PART [ARG]",
    .doc =
        "Looks at rules, checks them and tries them:\vExit status: 0 well; 1 something is wrong with rules or values; "
        "2 error.",
    .help_filter = help,
};

int rules_call_load(const struct rules_call *call, struct rules **ret) {
	int r = options_complete(call->options, call->diags);
	if (!r)
		r = rules_load(ret, call->options->rules.dirs.items, call->options->rules.dirs.len, call->diags);
	if (r && !diags_any(call->diags))
		diags_say(call->diags, "cannot load the rules: %s", strerror(-r));
	return r;
}

bool rules_call_wants_jsonl(const struct rules_call *call) {
	const struct emit_format *format = call->options->output.format;
	return format && !strcmp(format->name, "jsonl");
}

int cmd_rules(int argc, char **argv) {
	struct rules_command c = {0};
	struct diags diags = {0};
	options_parse(&parser, argc, argv, 0, &c);
	int status = c.part->main(&(struct rules_call){&c.options, c.arguments, c.export, &diags});
	diags_print(&diags, stderr);
	diags_release(&diags);
	free(c.arguments.items);
	options_release(&c.options);
	return status;
}
