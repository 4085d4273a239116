/* SPDX-License-Identifier: MIT */
#include "agent/state.h"

#include "app/privileges.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define OPEN_AT_ONCE 16

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at) {
	(void)st, (void)type, (void)at;
	return remove(path);
}

/* What a killed agent's probe has left; nobody else uses the directory now that the store is ours. */
static void remove_old_probes(const char *state_dir) {
	_cleanup_free_ char *pattern = NULL;
	glob_t found;
	if (asprintf(&pattern, "%s/logspill-probe-*", state_dir) < 0)
		return;
	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			(void)nftw(found.gl_pathv[i], remove_one, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS);
		globfree(&found);
	}
}

/* Before anything that it is not to have. */
static int start_compiler(struct agent *a, struct diags *diags) {
	int r = privileges_check_user(a->config->user, diags);
	if (r)
		return r;
	r = compiler_new(&a->compiler, a->config->user);
	if (r)
		diags_say(diags, "the process that compiles rules cannot be started: %s", strerror(-r));
	else
		a->options.rules.compiler_fd = compiler_fd(a->compiler);
	return r;
}

static int start_probe(struct agent *a, struct diags *diags) {
	if (!a->watch_config->probe.enabled)
		return 0;
	remove_old_probes(a->options.watch.state_dir);
	int r = probe_new(&a->probe, a->options.watch.state_dir, &(struct probe_options){.user = a->config->user});
	if (r) {
		diags_say(diags, "the process that plants probe records cannot be started in %s: %s",
		          a->options.watch.state_dir, strerror(-r));
		return r;
	}
	return probe_add_sinks(a->probe, &a->options.watch.sinks);
}

static int open_store(struct agent *a, struct diags *diags) {
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s/store.db", a->options.watch.state_dir) < 0)
		return -ENOMEM;
	const struct store_options options = {
	    .path = path,
	    .version = LOGSPILL_VERSION,
	    .keep_ns = a->config->store.keep_ns,
	    .max_bytes = a->config->store.max_bytes,
	};
	return store_open(&a->store, &options, diags);
}

static int prepare(struct agent *a, const char *path, struct diags *diags) {
	int r = config_load(&a->config, path, diags);
	a->watch_config = a->config;
	if (!r)
		r = config_options(a->config, &a->options);
	if (!r)
		r = options_complete(&a->options, diags);
	if (!r)
		r = start_compiler(a, diags);
	if (r)
		return r;
	if (!a->options.watch.state_dir) {
		diags_say(diags, "there is no directory for the agent's state: name one with directories: {state: DIR}");
		return -ENOENT;
	}
	r = file_mkdirs(a->options.watch.state_dir, 0700);
	if (r)
		diags_say(diags, "%s cannot be made: %s", a->options.watch.state_dir, strerror(-r));
	return r ? r : open_store(a, diags);
}

static int start_watch(struct agent *a, struct diags *diags) {
	int r = start_probe(a, diags);
	if (!r)
		r = pipeline_new(&a->pipeline, &a->options, NULL, 0, diags);
	if (!r && a->probe)
		r = pipeline_set_probe(a->pipeline, a->probe, diags);
	if (!r)
		r = agent_targets_set(a, NULL, a->config, diags);
	if (!r)
		r = agent_http_new(a, diags);
	if (!r)
		r = agent_http_bind(a, diags);
	if (!r)
		r = agent_outputs_new(&a->outputs, a->store, a->config, diags);
	return r ? r : agent_drop_rights(a, diags);
}

static bool on_signal(void *arg, const struct signalfd_siginfo *info) {
	struct agent *a = arg;
	if (info->ssi_signo != SIGHUP)
		return true;
	agent_reload_now(a->reload);
	return false;
}

static void on_stored(void *arg, struct snapshot *s) {
	agent_outputs_step(arg, s);
}

/* Threads come after everything that only a process of one thread may do. */
static int start_loop(struct agent *a, struct diags *diags) {
	const struct watcher_handler handler = {.arg = a, .signal = on_signal};
	int r = watcher_new(&a->watcher, a->pipeline, &handler);
	if (r >= 0)
		r = agent_outputs_start(a->outputs);
	if (r >= 0)
		r = store_writer_new(&a->writer, a->store, on_stored, a->outputs);
	if (r >= 0)
		r = agent_reload_new(&a->reload, a);
	if (r >= 0)
		r = agent_tick_new(a);
	if (r >= 0)
		r = agent_http_start(a, diags);
	if (r < 0 && !diags_any(diags))
		diags_say(diags, "the event loop cannot be made: %s", strerror(-r));
	return r;
}

static void say_started(struct agent *a) {
	char hash[CONFIG_HASH_SIZE];
	agent_rules_hash(pipeline_rules(a->pipeline), &a->options.rules, hash);
	agent_source_loaded(&a->config_source, a->config->path, a->config->hash);
	agent_source_loaded(&a->rule_source, a->options.rules.dirs.items[0], hash);
	uint64_t now_ns = clock_realtime_ns();
	(void)store_note(a->store, STORE_CONFIG, now_ns, 0, "the configuration was loaded: %s", a->config->hash);
	(void)store_note(a->store, STORE_RULES, now_ns, 0, "%zu rules were loaded: %s", pipeline_rules(a->pipeline)->len,
	                 hash);
	a->ready = true;
	agent_log(AGENT_NOTICE, "watching %zu targets (%s hook); state in %s", a->config->targets_len,
	          capture_hook_name(pipeline_capture(a->pipeline)), a->options.watch.state_dir);
	sd_notify(0, "READY=1");
}

static int finish(struct agent *a, struct diags *diags) {
	struct summary summary = {0};
	sd_notify(0, "STOPPING=1");
	a->ready = false;
	int r = pipeline_finish(a->pipeline, &summary, diags);
	summary_release(&summary);
	agent_publish(a);
	return r;
}

static void release(struct agent *a) {
	agent_tick_free(a);
	if (a->compiler)
		compiler_stop(a->compiler);
	agent_reload_free(a->reload);
	bool ran = a->writer;
	store_writer_free(a->writer); /* before the outputs, which it wakes, and the store, which both use */
	if (ran)
		agent_outputs_flush(a->outputs);
	agent_outputs_free(a->outputs);
	http_server_free(a->http); /* before the store, which its gate reads */
	http_server_free(a->http_local);
	store_close(a->store);
	watcher_free(a->watcher);
	pipeline_free(a->pipeline);
	probe_free(a->probe);
	compiler_free(a->compiler);
	snapshot_board_free(a->board);
	options_release(&a->options);
	if (a->config != a->watch_config)
		config_free(a->config);
	config_free(a->watch_config);
	agent_source_release(&a->config_source);
	agent_source_release(&a->rule_source);
}

int agent_run(const char *config_path) {
	_cleanup_(release) struct agent a = {0};
	_cleanup_(diags_release) struct diags diags = {0};
	int r = prepare(&a, config_path, &diags);
	if (!r)
		r = start_watch(&a, &diags);
	if (!r)
		r = start_loop(&a, &diags);
	if (diags_any(&diags))
		diags_print(&diags, stderr);
	else if (r < 0)
		agent_log(AGENT_ERROR, "cannot start: %s", strerror(-r));
	diags_release(&diags);
	if (r < 0)
		return r;
	say_started(&a);
	r = watcher_loop(a.watcher);
	if (r < 0)
		agent_log(AGENT_ERROR, "the watch broke off: %s", strerror(-r));
	int finished = finish(&a, &diags);
	agent_log_diags(AGENT_ERROR, &diags);
	return r < 0 ? r : finished;
}
