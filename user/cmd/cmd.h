/* SPDX-License-Identifier: MIT */
/* The commands: one file each, one table. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

/* Exit statuses of every command but `run`. */
enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_ERROR = 2, EXIT_INCONCLUSIVE = 3 };

struct command {
	const char *name;
	const char *summary;                /* NULL: for those who work on the program; not listed */
	int (*main)(int argc, char **argv); /* argv[0] is "logspill NAME"; returns the exit status */
	int usage_status;                   /* exit status of a mistake on the command line */
	const char *examples;               /* a line each, as they are typed; shown first by --help */
};

extern const struct command commands[]; /* ended by an entry without a name */

int cmd_run(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_agent(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_waive(int argc, char **argv);
int cmd_gate(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_replay(int argc, char **argv);

#endif
