/* SPDX-License-Identifier: MIT */
/* The real program as a child, its JSON lines read back. Run from the top of the tree, as tests/run.sh does. */
#ifndef TESTS_KERNEL_PROGRAM_H
#define TESTS_KERNEL_PROGRAM_H

#include "harness.h"

#include <jansson.h>

#define PROGRAM_ARGS_MAX 24

struct program {
	pid_t pid;
	char data[64], words[64]; /* what it writes: JSON lines, and to standard error */
};

/* Starts `logspill args...`, NULL-ended, with its data in a file. A descriptor may become its standard output. */
static inline void program_start(struct program *p, const struct watch *w, int out, const char *const *args) {
	const char *build = getenv("B") ?: "build", *argv[PROGRAM_ARGS_MAX + 8] = {"logspill", args[0]};
	char path[300], state[64];
	size_t n = 2;
	snprintf(path, sizeof(path), "%s/logspill", build);
	if (access(path, X_OK))
		fail_msg("%s has not been built", path);
	snprintf(p->data, sizeof(p->data), "%s/out.jsonl", w->dir);
	snprintf(p->words, sizeof(p->words), "%s/words", w->dir);
	snprintf(state, sizeof(state), "%s/state", w->dir);
	const char *always[] = {"--hook", w->hook == CAPTURE_HOOK_RAW ? "raw" : "tracepoint", "-o", p->data};
	for (size_t i = 0; i < LEN(always); i++)
		argv[n++] = always[i];
	for (size_t i = 1; args[i]; i++)
		argv[n++] = args[i];
	fflush(NULL);
	p->pid = fork();
	assert_return_code(p->pid, errno);
	if (p->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setenv("STATE_DIRECTORY", state, 1);
	setenv("CACHE_DIRECTORY", state, 1);
	must_move_fd(must_open(p->words, O_WRONLY | O_CREAT | O_TRUNC), STDERR_FILENO);
	must_move_fd(out >= 0 ? out : must_open("/dev/null", O_WRONLY), STDOUT_FILENO);
	execv(path, (char *const *)argv);
	_exit(98);
}

/* All of a file, NUL-ended; "" when it is not there. Inlined, GCC 12 takes what is found in it for a dangling pointer.
 */
static __attribute__((noinline, unused)) char *file_text(const char *path) {
	char *text = NULL;
	size_t cap = 0;
	FILE *f = fopen(path, "re");
	if (!f || getdelim(&text, &cap, 0, f) < 0) {
		free(text);
		text = strdup("");
	}
	if (f)
		fclose(f);
	assert_non_null(text);
	return text;
}

/* Until it has said something. */
static inline void program_await_words(const struct program *p, const char *words) {
	uint64_t start = clock_monotonic_ns();
	for (bool said = false; !said; poll(NULL, 0, 5)) {
		char *text = file_text(p->words);
		said = strstr(text, words);
		if (!said && clock_monotonic_ns() - start > PATIENCE_NS)
			fail_msg("the program did not say '%s' but: %s", words, text);
		free(text);
	}
}

/* Its exit status; what it said, if that is none of those wanted, or if a writer that it ran complained. */
static inline int program_join(const struct program *p, int want, int or_want) {
	int status;
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	char *text = file_text(p->words);
	if (strstr(text, ": not so: "))
		fail_msg("a writer says: %.500s", strstr(text, "tests/kernel/"));
	if (code != want && code != or_want)
		fail_msg("exit status %d: %.2000s", code, text);
	free(text);
	return code;
}

/* Last states of all findings by id, and the summary, in one array. Both json_decref()ed by the caller. */
static inline void program_read(const struct program *p, json_t **ret_findings, json_t **ret_summary) {
	FILE *f = fopen(p->data, "re");
	json_t *line;
	assert_non_null(f);
	*ret_findings = json_object();
	*ret_summary = NULL;
	while ((line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL))) {
		const char *id = json_string_value(json_object_get(json_object_get(line, "logspill"), "finding_id"));
		if (id)
			json_object_set(*ret_findings, id, line);
		else
			json_object_set_new(*ret_summary = json_incref(line), "read", json_true());
		json_decref(line);
	}
	assert_true(feof(f));
	fclose(f);
	assert_non_null(*ret_summary);
}

/* Of the findings of an entity, or (NULL) of all. */
static inline uint64_t found(json_t *findings, const char *entity) {
	const char *id;
	json_t *line;
	uint64_t sum = 0;
	json_object_foreach(findings, id, line) {
		json_t *details = json_object_get(line, "logspill");
		const char *of = json_string_value(json_object_get(details, "entity"));
		if (!entity || !strcmp(of, entity))
			sum += (uint64_t)json_integer_value(json_object_get(details, "count"));
	}
	return sum;
}

/* amount(s, "lost", "ring_full", "bytes"), amount(s, "seen", "writes", NULL) */
static inline uint64_t amount(json_t *summary, const char *a, const char *b, const char *c) {
	json_t *value = json_object_get(json_object_get(summary, a), b);
	if (c)
		value = json_object_get(value, c);
	assert_true(json_is_integer(value));
	return (uint64_t)json_integer_value(value);
}

/* seen = scanned + sum(lost), as printed. */
static inline void assert_balanced(json_t *summary) {
	static const char *const units[] = {"bytes", "writes"};
	for (size_t i = 0; i < LEN(units); i++) {
		const char *reason;
		json_t *lost;
		uint64_t sum = amount(summary, "scanned", units[i], NULL);
		json_object_foreach(json_object_get(summary, "lost"), reason, lost) sum +=
		    amount(summary, "lost", reason, units[i]);
		assert_int_equal(amount(summary, "seen", units[i], NULL), sum);
	}
}

#endif
