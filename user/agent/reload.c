/* SPDX-License-Identifier: MIT */
/*
 * The files are read by a thread, since rules take a while and the ring does not wait. What is good of them is put in
 * force by the agent's thread; of what is bad, the old stays.
 */
#include "agent/state.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <systemd/sd-daemon.h>

#define SETTLE_US 500000ull /* editors and package managers change several files, or one several times */
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE)
#define FOLDERS_MAX 64

struct agent_reload {
	struct agent *agent;
	sd_event_source *settle, *done;
	struct folders {
		sd_event_source *items[FOLDERS_MAX];
		size_t len;
	} folders;
	int done_fd;
	pthread_t thread;
	bool reading, asked_again;

	/* The thread's, until it has told that it is done. */
	char *path;
	struct config *config;
	struct options options; /* borrows from it */
	struct engine engine;
	struct waivers *waivers;
	struct diags config_diags, rule_diags, waiver_diags;
	int config_result, rule_result, waiver_result;
};

static void forget_results(struct agent_reload *r) {
	options_release(&r->options);
	config_free(take(r->config));
	engine_release(&r->engine);
	waivers_free(take(r->waivers));
	diags_release(&r->config_diags);
	diags_release(&r->rule_diags);
	diags_release(&r->waiver_diags);
}

static int read_options(struct agent_reload *r) {
	int result = config_load(&r->config, r->path, &r->config_diags);
	if (!result)
		result = config_options(r->config, &r->options);
	r->options.rules.compiler_fd = compiler_fd(r->agent->compiler);
	return result ? result : options_complete(&r->options, &r->config_diags);
}

static void *read_files(void *arg) {
	struct agent_reload *r = arg;
	r->config_result = read_options(r);
	if (!r->config_result) {
		r->rule_result = engine_init(&r->engine, &r->options.rules, &r->rule_diags);
		r->waiver_result = r->options.watch.waivers ? waivers_load(&r->waivers, r->options.watch.waivers,
		                                                           clock_realtime_ns(), &r->waiver_diags)
		                                            : 0;
	}
	(void)eventfd_write(r->done_fd, 1);
	return NULL;
}

/* Says it in log, metrics and store. */
static void say_failure(struct agent *a, struct agent_source *source, enum store_event_kind kind, const char *what,
                        const struct diags *diags, int error) {
	agent_source_failed(source, diags, strerror(-error));
	agent_log_diags(AGENT_ERROR, diags);
	agent_log(AGENT_ERROR, "the new %s not in force, the old %s", what, what);
	(void)store_note(a->store, kind, clock_realtime_ns(), 0, "the new %s not in force: %s", what, source->last_error);
}

static void take_rules(struct agent_reload *r) {
	struct agent *a = r->agent;
	char hash[CONFIG_HASH_SIZE];
	if (r->rule_result) {
		say_failure(a, &a->rule_source, STORE_RULES, "rules are", &r->rule_diags, r->rule_result);
		return;
	}
	agent_rules_hash(r->engine.rules, &r->options.rules, hash);
	bool same = a->rule_source.hash && !strcmp(a->rule_source.hash, hash);
	if (same && !a->rule_source.last_error)
		return;
	size_t rules = r->engine.rules->len;
	if (!same)
		agent_publish(a); /* findings begin anew: what was found until now is remembered first */
	int result = same ? 0 : pipeline_set_rules(a->pipeline, &r->engine);
	if (result) {
		say_failure(a, &a->rule_source, STORE_RULES, "rules are", &r->rule_diags, result);
		return;
	}
	agent_source_loaded(&a->rule_source, r->options.rules.dirs.items[0], hash);
	agent_log(AGENT_NOTICE, "%zu rules read again", rules);
	(void)store_note(a->store, STORE_RULES, clock_realtime_ns(), 0, "%zu rules were loaded: %s", rules, hash);
}

static void take_waivers(struct agent_reload *r) {
	if (r->waiver_result)
		say_failure(r->agent, &r->agent->config_source, STORE_CONFIG, "waivers are", &r->waiver_diags,
		            r->waiver_result);
	else
		pipeline_set_waivers(r->agent->pipeline, take(r->waivers));
}

static int on_settled(sd_event_source *source, uint64_t usec, void *arg) {
	(void)source, (void)usec;
	agent_reload_now(arg);
	return 0;
}

static int read_soon(struct agent_reload *r) {
	int result = sd_event_source_set_time_relative(r->settle, SETTLE_US);
	return result < 0 ? result : sd_event_source_set_enabled(r->settle, SD_EVENT_ONESHOT);
}

static bool is_name_of(const char *path, const char *name) {
	const char *last = path ? strrchr(path, '/') : NULL;
	return path && !strcmp(last ? last + 1 : path, name);
}

/* May what we read be another by it? Folders come and go, and a volume of Kubernetes is changed by its "..data" alone.
 * Whatever else lies beside a configuration, such as a log, does not matter. */
static bool concerns_us(const struct agent_reload *r, const struct inotify_event *event) {
	const struct config *c = r->agent->config;
	const char *name = event->len ? event->name : "..", *suffix = strrchr(name, '.');
	bool named = is_name_of(c->path, name) || is_name_of(c->waivers, name);
	for (size_t i = 0; i < c->rules.watchlists.len; i++)
		named |= is_name_of(c->rules.watchlists.items[i], name);
	return named || (event->mask & IN_ISDIR) || !strncmp(name, "..", 2) || (suffix && !strcmp(suffix, ".yaml"));
}

static int on_change(sd_event_source *source, const struct inotify_event *event, void *arg) {
	(void)source;
	return concerns_us(arg, event) ? read_soon(arg) : 0;
}

/* What cannot be watched is read again on SIGHUP. */
static void watch_folder(struct agent_reload *r, const char *folder) {
	struct folders *f = &r->folders;
	if (f->len < FOLDERS_MAX && sd_event_add_inotify(watcher_event(r->agent->watcher), &f->items[f->len], folder,
	                                                 CHANGES | IN_ONLYDIR, on_change, r) >= 0)
		f->len++;
}

static void watch_folder_of(struct agent_reload *r, const char *file) {
	_cleanup_free_ char *folder = file_folder(file);
	if (folder)
		watch_folder(r, folder);
}

static void folders_release(struct folders *f) {
	while (f->len)
		sd_event_source_unref(f->items[--f->len]);
}

/* Where what such a configuration names lies. The old ones go last, so that no change is missed of what stays. */
static void watch_folders(struct agent_reload *r, const struct config *c, const struct rule_options *rules) {
	_cleanup_free_ char *more = config_folder(c->path);
	_cleanup_(folders_release) struct folders old = r->folders;
	r->folders.len = 0;
	watch_folder_of(r, c->path);
	if (more)
		watch_folder(r, more);
	if (c->waivers)
		watch_folder_of(r, c->waivers);
	for (size_t i = 0; i < rules->dirs.len; i++)
		watch_folder(r, rules->dirs.items[i]);
	for (size_t i = 0; i < rules->watchlists.len; i++)
		watch_folder_of(r, rules->watchlists.items[i]);
}

static void take_config(struct agent_reload *r) {
	struct agent *a = r->agent;
	bool same = !strcmp(a->config->hash, r->config->hash);
	bool good_again = a->config_source.last_error;
	if (!config_same_watch(a->watch_config, r->config))
		agent_log(AGENT_WARNING,
		          "what the configuration says of sinks, watch, budgets, probe, directories, store, http and "
		          "user takes effect when the agent is started again");
	if (same && !good_again)
		return;
	agent_source_loaded(&a->config_source, r->config->path, r->config->hash);
	agent_log(AGENT_NOTICE, "configuration read again");
	(void)store_note(a->store, STORE_CONFIG, clock_realtime_ns(), 0, "the configuration was loaded: %s",
	                 r->config->hash);
	if (a->config != a->watch_config)
		config_free(a->config);
	a->config = take(r->config);
}

/* All or nothing. */
static int take_targets_and_outputs(struct agent_reload *r) {
	struct agent *a = r->agent;
	int result = agent_targets_set(a, a->config, r->config, &r->config_diags);
	if (result)
		return result;
	result = agent_outputs_set(a->outputs, a->config, r->config, &r->config_diags);
	if (result)
		(void)agent_targets_set(a, r->config, a->config, &r->config_diags);
	else if (agent_outputs_start(a->outputs))
		agent_log(AGENT_ERROR, "an output does not send until the files are read again: no thread to be had");
	return result;
}

static void take_results(struct agent_reload *r) {
	struct agent *a = r->agent;
	if (!r->config_result)
		r->config_result = take_targets_and_outputs(r);
	if (r->config_result) {
		say_failure(a, &a->config_source, STORE_CONFIG, "configuration is", &r->config_diags, r->config_result);
		return;
	}
	bool is_new = strcmp(a->config->hash, r->config->hash);
	take_rules(r);
	watch_folders(r, r->config, &r->options.rules);
	if (is_new) /* its folders were not watched while they were read */
		(void)read_soon(r);
	options_release(&r->options);
	take_config(r);
	take_waivers(r);
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *arg) {
	struct agent_reload *r = arg;
	(void)source, (void)events;
	eventfd_t n;
	(void)eventfd_read(fd, &n);
	pthread_join(r->thread, NULL);
	r->reading = false;
	take_results(r);
	forget_results(r);
	agent_publish(r->agent);
	sd_notify(0, "READY=1");
	if (r->asked_again)
		agent_reload_now(r);
	return 0;
}

void agent_reload_now(struct agent_reload *r) {
	r->asked_again = r->reading;
	if (r->reading)
		return;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)(clock_monotonic_ns() / 1000));
	r->reading = !thread_start(&r->thread, "reload", read_files, r);
	if (r->reading)
		return;
	agent_log(AGENT_ERROR, "the files cannot be read again: no thread to be had");
	sd_notify(0, "READY=1");
}

DEFINE_CLEANUP(struct agent_reload *, agent_reload_free)

int agent_reload_new(struct agent_reload **ret, struct agent *a) {
	_cleanup_(agent_reload_freep) struct agent_reload *r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->agent = a;
	r->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->path = strdup(a->config->path);
	if (r->done_fd < 0 || !r->path)
		return r->path ? -errno : -ENOMEM;
	sd_event *loop = watcher_event(a->watcher);
	int result = sd_event_add_io(loop, &r->done, r->done_fd, EPOLLIN, on_done, r);
	if (result >= 0)
		result = sd_event_add_time_relative(loop, &r->settle, CLOCK_MONOTONIC, 0, 1000, on_settled, r);
	if (result >= 0)
		result = sd_event_source_set_enabled(r->settle, SD_EVENT_OFF);
	if (result < 0)
		return result;
	watch_folders(r, a->config, &a->options.rules);
	*ret = take(r);
	return 0;
}

void agent_reload_free(struct agent_reload *r) {
	if (!r)
		return;
	if (r->reading)
		pthread_join(r->thread, NULL);
	forget_results(r);
	folders_release(&r->folders);
	sd_event_source_unref(r->settle);
	sd_event_source_unref(r->done);
	if (r->done_fd >= 0)
		close(r->done_fd);
	free(r->path);
	free(r);
}
