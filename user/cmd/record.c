/* SPDX-License-Identifier: MIT */
/* logspill record: run or watch, and keep what comes through the ring, raw, to be replayed. */
#include "cmd/cmd.h"

#include "app/options.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>

struct request {
	const char *path;
	bool consents, runs; /* a program is to be started */
	char **rest;         /* what `run` or `watch` is called with */
	int rest_len;
};

static int usage(const char *mistake) {
	fprintf(stderr,
	        "logspill record: %s\n"
	        "usage: logspill record -o FILE --" OPTIONS_RECORD " [OPTION...] {-- CMD [ARG...] | TARGET}\n"
	        "FILE will hold what the target logs, as it is. For made-up data: `logspill replay FILE` takes it through\n"
	        "everything behind the ring, without root. Options and targets are those of `run` and `watch`.\n",
	        mistake);
	return EXIT_ERROR;
}

/* Takes our own two options out. */
static void read_arguments(struct request *q, int argc, char **argv) {
	for (int i = 1; i < argc; i++) {
		q->runs |= !strcmp(argv[i], "--");
		if (!q->runs && !strcmp(argv[i], "-o") && i + 1 < argc)
			q->path = argv[++i];
		else if (!q->runs && !strcmp(argv[i], "--" OPTIONS_RECORD))
			q->consents = true;
		else
			q->rest[q->rest_len++] = argv[i];
	}
}

int cmd_record(int argc, char **argv) {
	_cleanup_free_ char **rest = calloc((size_t)argc + 2, sizeof(*rest)), *option = NULL;
	struct request q = {.rest = rest, .rest_len = 2};
	if (!rest)
		return EXIT_ERROR;
	read_arguments(&q, argc, argv);
	if (!q.path)
		return usage("into which file? -o FILE");
	if (!q.consents)
		return usage("the file would hold raw personal data. If that is what you want: --" OPTIONS_RECORD);
	if (asprintf(&option, "--" OPTIONS_RECORD "=%s", q.path) < 0)
		return EXIT_ERROR;
	rest[0] = argv[0];
	rest[1] = option;
	return q.runs ? cmd_run(q.rest_len, rest) : cmd_watch(q.rest_len, rest);
}
