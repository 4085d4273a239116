/* SPDX-License-Identifier: MIT */
/*
 * `logspill scan` beside ripgrep with the default rules as full regular expressions in one file, on logs without
 * personal data: `rg -c -j1`, no context, no line numbers; as UTF-8, because names of keys are not all ASCII. One
 * thread each, CPU time of the whole processes less that of a run on an empty file, interleaved, medians. ripgrep reads
 * the first part of the same log only where it takes long. What only code can tell (validators, confidence, which of
 * several matches counts) it is spared. Run from the root: bench_ripgrep [RULES_DIR].
 */
#include "base/buf.h"
#include "base/file.h"
#include "rule/rule.h"
#include "tests/bench/bench.h"
#include "tests/bench/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_BYTES (128u << 20)
#define REPEATS 3
#define UNAVAILABLE 77

/* What a user would write for what the rules find by a function. */
static const struct {
	const char *span, *regex;
} spans[] = {
    {"email", "[A-Za-z0-9._%+'-]{1,64}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\\.)+[A-Za-z]{2,24}"},
    {"phone_intl", "\\+\\d{1,3}[ .-]?(?:\\(?\\d{1,4}\\)?[ .-]?){2,5}\\d{2,4}"},
    {"ipv4", "\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b"},
    {"ipv6", "\\b(?:[0-9A-Fa-f]{0,4}:){3,7}[0-9A-Fa-f]{1,4}\\b"},
    {"mac", "\\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\\b"},
    {"jwt", "\\beyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*"},
    {"url_userinfo", "://[^/\\s:@]{1,100}:[^/\\s:@]{1,100}@"},
    {"pem", "-----BEGIN[ A-Z0-9_-]{0,40}PRIVATE KEY"},
};

/* Letters and digits of a name, between any two of which one of the usual joints may stand. */
static void put_name(struct buf *b, const char *name) {
	for (const char *c = name; *c; c++) {
		bool special = strchr("\\.+*?()|[]{}^$#&~ -", *c);

		if (*c == '*' || *c == ' ')
			buf_printf(b, *c == ' ' ? "[ _.-]?" : "");
		else
			buf_printf(b, special ? "\\%c" : "%c", *c);
	}
}

static void put_names(struct buf *b, const struct rule_strings *names) {
	for (size_t i = 0; i < names->len; i++) {
		buf_printf(b, i ? "|" : "(?:\\b|_)(?i:");
		put_name(b, names->items[i]);
	}
	buf_printf(b, ")");
}

static void put_shape(struct buf *b, const struct rule *r, const char *shape) {
	if (r->context == RULE_CONTEXT_REQUIRED) {
		put_names(b, &r->context_keywords);
		buf_printf(b, ".{0,%zu}", r->context_window);
	}
	buf_printf(b, "\\b%s\\b\n", shape);
}

static void put_keys(struct buf *b, const struct rule *r) {
	put_names(b, &r->keys);
	buf_printf(b, "[\"']{0,2} ?[:=>]+ ?[\"']?");
	if (r->value)
		buf_printf(b, "%s\n", r->value);
	else
		buf_printf(b, "[^\\s\"',;]{%zu,%zu}\n", r->value_min, r->value_max);
}

static void put_rule(struct buf *b, const struct rule *r) {
	if (r->opt_in)
		return;
	for (size_t i = 0; i < r->shapes.len; i++)
		put_shape(b, r, r->shapes.items[i]);
	if (r->keys.len)
		put_keys(b, r);
	if (!r->anchor)
		return;
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		if (!strcmp(spans[i].span, r->span)) {
			buf_printf(b, "%s\n", spans[i].regex);
			return;
		}
	buf_printf(b, "%s\n", r->anchor);
}

/* CPU seconds of a command whose output is thrown away; its exit status may be any of ok. */
static double run(const char *const *argv, int *ret_status) {
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		abort();
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* CPU seconds of a command that must end with 0, or 1 where nothing was found. */
static double must_run(const char *const *argv) {
	int status;
	double seconds = run(argv, &status);

	if (status != 0 && status != 1) {
		fprintf(stderr, "%s ended with status %d\n", argv[0], status);
		exit(2);
	}
	return seconds;
}

/* Bytes a second that a command reads of a file, its start aside; ret_start: seconds of CPU that takes. */
static double speed(const char *const *on_log, const char *const *on_nothing, size_t len, double *ret_start) {
	double log[REPEATS], nothing[REPEATS];
	size_t rounds = bench_rounds(REPEATS);

	for (size_t i = 0; i < rounds; i++) {
		nothing[i] = must_run(on_nothing);
		log[i] = must_run(on_log);
	}
	*ret_start = bench_quantile(nothing, rounds, 0.5);
	return (double)len / (bench_quantile(log, rounds, 0.5) - *ret_start);
}

static void bench_log(const char *logspill, const struct log_kind *kind, size_t part_len) {
	struct buf b = {0};
	double our_start, their_start;
	size_t part = 0;

	while (b.len < LOG_BYTES) {
		part = b.len < part_len ? b.len : part;
		kind->line(&b);
	}
	if (file_write_atomic("log", b.data, b.len, 0600) || file_write_atomic("part", b.data, part, 0600))
		exit(2);
#define SCAN(file) ((const char *const[]){logspill, "scan", "-q", file, NULL})
#define RIPGREP(file)                                                                                                  \
	((const char *const[]){"rg", "-c", "-j1", "--no-config", "--no-mmap", "--regex-size-limit", "4G",                  \
	                       "--dfa-size-limit", "4G", "-f", "patterns", file, NULL})
	double us = speed(SCAN("log"), SCAN("empty"), b.len, &our_start) / 1e6;
	double them = speed(RIPGREP("part"), RIPGREP("empty"), part, &their_start) / 1e6;

	printf("%-11s %9.0f %9.1f %8.1f %9.0f %9.0f\n", kind->name, us, them, us / them, our_start * 1e3,
	       their_start * 1e3);
	bench_row("{s:s, s:f, s:f, s:f, s:f, s:f}", "log", kind->name, "scan_mb_s", us, "ripgrep_mb_s", them, "ratio",
	          us / them, "scan_start_s", our_start, "ripgrep_start_s", their_start);
	buf_release(&b);
}

static void bench_all(const char *logspill, const struct rules *rules) {
	static const struct {
		int kind;
		size_t part_len;
	} logs[] = {{LOG_WEB, 48 << 20}, {LOG_JAVA, 2 << 20}, {LOG_JSON, 1 << 20}};
	struct buf b = {0};

	for (size_t i = 0; i < rules->len; i++)
		put_rule(&b, &rules->items[i]);
	if (file_write_atomic("patterns", b.data, b.len, 0600) || file_write_atomic("empty", "", 0, 0600))
		exit(2);
	buf_release(&b);
	printf("%-11s %9s %9s %8s %19s\n", "log", "scan MB/s", "rg MB/s", "ratio", "start: scan, rg ms");
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++)
		bench_log(logspill, &log_kinds[logs[i].kind], logs[i].part_len);
}

int main(int argc, char **argv) {
	const char *const version[] = {"rg", "--version", NULL};
	const char *build = getenv("B");
	char dir[] = "/tmp/bench_ripgrep.XXXXXX", rules_dir[PATH_MAX], logspill[PATH_MAX], path[PATH_MAX];
	const char *dirs[] = {rules_dir};
	struct diags diags = {0};
	struct rules *rules = NULL;
	int status;

	run(version, &status);
	if (status) {
		printf("ripgrep is not installed: tests/deps.sh bench\n");
		return UNAVAILABLE;
	}
	snprintf(path, sizeof(path), "%s/logspill", build ? build : "build");
	if (!realpath(argc > 1 ? argv[1] : "rules", rules_dir) || !realpath(path, logspill) ||
	    setenv("LOGSPILL_RULES", rules_dir, 1) || rules_load(&rules, dirs, 1, &diags) || !mkdtemp(dir) || chdir(dir)) {
		diags_print(&diags, stderr);
		return 2;
	}
	bench_all(logspill, rules);
	unlink("log");
	unlink("part");
	unlink("patterns");
	unlink("empty");
	rmdir(dir);
	rules_free(rules);
	return 0;
}
