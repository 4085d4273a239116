/* SPDX-License-Identifier: MIT */
/* The whole way, tried: rules compiled, programs loaded, one line of a process of ours watched. */
#include "app/doctor.h"

#include "app/engine.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "find/find.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS 600000000ULL /* for each hook: all of it takes less than two seconds */

static const char line[] = "logspill doctor: one line of a process of ours\n";

struct trial {
	struct capture *capture;
	bool came;                  /* the line, as it was written */
	bool other;                 /* came, but not as it was written */
	char *failure;              /* why it could not be tried: owned; NULL: it was */
	uint64_t ready_ns, came_ns; /* how long it took */
};

static unsigned long long ms(uint64_t ns) {
	return (ns + 500000) / 1000000;
}

/* The diagnostics as one phrase; malloc'ed or NULL. */
static char *said(const struct diags *d) {
	_cleanup_(buf_release) struct buf b = {0};
	for (size_t i = 0; i < d->len; i++) {
		const struct diag *item = &d->items[i];
		int r = i ? buf_append(&b, "; ", 2) : 0;
		if (!r && item->file)
			r = item->line ? buf_printf(&b, "%s:%d: ", item->file, item->line) : buf_printf(&b, "%s: ", item->file);
		if (r || buf_printf(&b, "%s", item->text))
			return NULL;
	}
	return strdup(b.data ? b.data : "no reason is known");
}

static void try_rules(struct doctor_report *r, const struct options *options) {
	_cleanup_(engine_release) struct engine engine = {0};
	_cleanup_(diags_release) struct diags diags = {0};
	uint64_t start = clock_monotonic_ns();
	if (!engine_init(&engine, &options->rules, &diags)) {
		doctor_add(r, "rules", DOCTOR_OK, NULL, NULL, "%zu of %s, ready in %llu ms", engine.rules->len,
		           options->rules.dirs.len ? options->rules.dirs.items[0] : "?", ms(clock_monotonic_ns() - start));
		return;
	}
	_cleanup_free_ char *text = said(&diags);
	doctor_add(r, "rules", DOCTOR_MISSING, "without rules nothing is found",
	           "`logspill rules lint` shows each mistake; --rules names the folder", "%s", text ? text : "unusable");
}

static void try_state(struct doctor_report *r, const struct options *options) {
	struct find_key *key = NULL;
	bool ephemeral = true;
	int error = find_key_open(&key, options->watch.state_dir, &ephemeral);
	const char *dir = options->watch.state_dir ? options->watch.state_dir : "no folder";
	find_key_free(key);
	doctor_add(r, "state folder", error || ephemeral ? DOCTOR_NOTE : DOCTOR_OK,
	           "fingerprints of values compare over several watches only under one kept key",
	           "name a folder that only you can read and write with --state-dir",
	           error || ephemeral ? "no private key can be kept in %s" : "a private key in %s", dir);
}

static void try_cache(struct doctor_report *r, const struct options *options) {
	const char *dir = options->rules.cache_dir;
	bool kept = dir && !access(dir, W_OK | X_OK);
	doctor_add(r, "cache folder", kept ? DOCTOR_OK : DOCTOR_NOTE, "rules are compiled anew at each start",
	           "make a folder that you can write, and name it with CACHE_DIRECTORY",
	           kept ? "compiled rules in %s" : "%s cannot be written", dir ? dir : "no folder");
}

/* A child whose standard output is a pipe that nobody else knows. */
static _Noreturn void write_line(struct trial *t, int out) {
	if (dup2(out, STDOUT_FILENO) < 0 || capture_add_self(t->capture) < 0)
		_exit(1);
	_exit(write(STDOUT_FILENO, line, strlen(line)) == (ssize_t)strlen(line) ? 0 : 1);
}

static void on_write(void *arg, const struct capture_write *w) {
	struct trial *t = arg;
	t->came = w->len == strlen(line) && !memcmp(w->data, line, w->len);
	t->other = !t->came;
}

static void await(struct trial *t) {
	const struct capture_handler handler = {.arg = t, .write = on_write};
	uint64_t start = clock_monotonic_ns();
	while (!t->came && !t->other && clock_monotonic_ns() - start < PATIENCE_NS) {
		struct pollfd ready = {.fd = capture_fd(t->capture), .events = POLLIN};
		poll(&ready, 1, capture_timeout_ms(t->capture));
		if (capture_dispatch(t->capture, &handler) < 0)
			return;
	}
	t->came_ns = clock_monotonic_ns() - start;
}

/* 0, or -errno: no process could be started. */
static int watch_line(struct trial *t) {
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int in = ends[0];
	pid_t pid = fork();
	if (pid == 0)
		write_line(t, ends[1]);
	int error = errno;
	close(ends[1]);
	if (pid < 0)
		return -error;
	await(t);
	waitpid(pid, NULL, 0);
	return 0;
}

/* 0, or -errno with diagnostics. */
static int run_trial(struct trial *t, const struct options *options, enum capture_hook hook, struct diags *diags) {
	struct capture_config config = {.hook = hook, .ring_bytes = options->watch.ring_bytes};
	uint64_t start = clock_monotonic_ns();
	int r = capture_open(&t->capture, &config, diags);
	if (r)
		return r;
	t->ready_ns = clock_monotonic_ns() - start;
	r = watch_line(t);
	capture_close(t->capture);
	if (r)
		diags_say(diags, "no process could be started (%s): allow more (ulimit -u, pids.max of the cgroup)",
		          strerror(-r));
	return r;
}

static void try_hook(struct trial *t, const struct options *options, enum capture_hook hook) {
	_cleanup_(diags_release) struct diags diags = {0};
	if (run_trial(t, options, hook, &diags))
		t->failure = said(&diags);
}

/* without: what it means if the other hook works. */
static void tell(struct doctor_report *r, const char *name, const struct trial *t, const struct trial *other,
                 const char *without, const char *remedy) {
	static const char all[] = "this is what watching is; without either hook it does not work";
	static const char mend[] =
	    "mend what is said above and here; in a container: --privileged, or a seccomp profile that lets bpf(2) through";
	if (t->came) {
		doctor_add(r, name, DOCTOR_OK, NULL, NULL, "a line came out; ready in %llu ms, the line took %llu ms",
		           ms(t->ready_ns), ms(t->came_ns));
		return;
	}
	doctor_add(r, name, other->came ? DOCTOR_NOTE : DOCTOR_MISSING, other->came ? without : all,
	           other->came ? remedy : mend, "%s",
	           t->failure ? t->failure
	           : t->other ? "a line came out changed"
	                      : "a line did not come out");
}

void doctor_try(struct doctor_report *r, const struct options *options) {
	struct trial raw = {0}, tracepoint = {0};
	try_rules(r, options);
	try_cache(r, options);
	try_state(r, options);
	try_hook(&raw, options, CAPTURE_HOOK_RAW);
	try_hook(&tracepoint, options, CAPTURE_HOOK_TRACEPOINT);
	tell(r, "raw hook", &raw, &tracepoint, "--hook raw cannot be used",
	     "nothing, unless 32-bit programs log: the tracepoint hook sees all others");
	tell(r, "tracepoint hook", &tracepoint, &raw,
	     "the raw hook is used instead: each system call of the host costs some 50 ns more",
	     "mount tracefs, and run it as root or with the capability SYS_ADMIN");
	free(raw.failure);
	free(tracepoint.failure);
}
