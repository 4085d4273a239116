/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static int usage(FILE *out, int status) {
	fprintf(out,
	        "usage: logspill COMMAND [OPTION...]\n"
	        "Sees personal data leaving running processes through their logs, and says how much it did not see.\n\n");
	for (const struct command *c = commands; c->name; c++)
		if (c->summary)
			fprintf(out, "  %-10s %s\n", c->name, c->summary);
	fprintf(out, "\n`logspill help COMMAND` tells more.\n");
	return status;
}

/* Of logspill, not of a program that it is to start. */
static bool asks_for_help(char *const *argv) {
	for (; *argv && strcmp(*argv, "--"); argv++)
		if (!strcmp(*argv, "--help") || !strcmp(*argv, "-?"))
			return true;
	return false;
}

static int run_command(const struct command *c, int argc, char **argv) {
	char name[64];
	snprintf(name, sizeof(name), "logspill %s", c->name);
	argv[0] = name;
	argp_err_exit_status = c->usage_status;
	if (c->examples && asks_for_help(argv))
		printf("%s\n", c->examples);
	return c->main(argc, argv);
}

static int find_and_run(int argc, char **argv) {
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, argv[0]))
			return run_command(c, argc, argv);
	fprintf(stderr, "logspill: there is no command '%s'. `logspill help` lists them\n", argv[0]);
	return EXIT_ERROR;
}

/* What we scan must not come to lie in a core file. What we start has its own say again from exec on. */
static void forbid_core(void) {
#ifndef __SANITIZE_ADDRESS__ /* its leak check needs to look into the process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv) {
	const char *name = argc > 1 ? argv[1] : NULL;
	forbid_core();
	if (!name)
		return usage(stderr, EXIT_ERROR);
	if (!strcmp(name, "help") && argc > 2)
		return find_and_run(2, (char *[]){argv[2], (char[]){"--help"}, NULL});
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return usage(stdout, EXIT_CLEAN);
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("logspill %s\n", LOGSPILL_VERSION);
		return EXIT_CLEAN;
	}
	return find_and_run(argc - 1, argv + 1);
}
