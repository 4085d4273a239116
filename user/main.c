/* SPDX-License-Identifier: MIT */
#include "cmd/cmd.h"

#include <argp.h>
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
	fprintf(out, "\n`logspill COMMAND --help` tells more.\n");
	return status;
}

static int run_command(const struct command *c, int argc, char **argv) {
	char name[64];
	snprintf(name, sizeof(name), "logspill %s", c->name);
	argv[0] = name;
	argp_err_exit_status = c->usage_status;
	return c->main(argc, argv);
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
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return usage(stdout, EXIT_CLEAN);
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("logspill %s\n", LOGSPILL_VERSION);
		return EXIT_CLEAN;
	}
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return run_command(c, argc - 1, argv + 1);
	fprintf(stderr, "logspill: there is no command '%s'. `logspill help` lists them\n", name);
	return EXIT_ERROR;
}
