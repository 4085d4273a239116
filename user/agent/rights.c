/* SPDX-License-Identifier: MIT */
#include "agent/state.h"

#include "app/privileges.h"
#include "base/file.h"

#include <errno.h>
#include <string.h>

#define PATHS_MAX 64

/* Paths for Landlock, NULL-ended. */
struct paths {
	const char *items[PATHS_MAX + 1];
	size_t len;
	char *made[PATHS_MAX]; /* those that are ours */
	size_t made_len;
};

static void paths_release(struct paths *p) {
	for (size_t i = 0; i < p->made_len; i++)
		free(p->made[i]);
}

static int add(struct paths *p, const char *path) {
	if (!path)
		return 0;
	if (p->len == PATHS_MAX)
		return -E2BIG;
	p->items[p->len++] = path;
	return 0;
}

/* Files are renamed and made anew: what counts is where they are. */
static int add_folder_of(struct paths *p, const char *file) {
	if (!file)
		return 0;
	if (p->made_len == PATHS_MAX)
		return -E2BIG;
	char *folder = file_folder(file);
	if (!folder)
		return -ENOMEM;
	p->made[p->made_len++] = folder;
	return add(p, folder);
}

static int find_readable(struct paths *p, const struct config *c, const struct rule_options *rules) {
	static const char *const system[] = {"/etc",   "/proc", "/sys",      "/usr",         "/lib",
	                                     "/lib64", "/run",  "/dev/null", "/dev/urandom", "/var/log"};
	int r = add_folder_of(p, c->path);
	for (size_t i = 0; !r && i < sizeof(system) / sizeof(*system); i++)
		r = add(p, system[i]);
	for (size_t i = 0; !r && i < rules->dirs.len; i++)
		r = add(p, rules->dirs.items[i]);
	for (size_t i = 0; !r && i < rules->watchlists.len; i++)
		r = add_folder_of(p, rules->watchlists.items[i]);
	return r ? r : add_folder_of(p, c->waivers);
}

static int find_writable(struct paths *p, const struct agent *a) {
	int r = add(p, a->options.watch.state_dir);
	if (!r)
		r = add(p, a->options.rules.cache_dir);
	for (size_t i = 0; !r && i < a->config->outputs_len; i++)
		r = add_folder_of(p, a->config->outputs[i].path);
	return r;
}

int agent_drop_rights(struct agent *a, struct diags *diags) {
	_cleanup_(paths_release) struct paths readable = {0}, writable = {0};
	const char *const own[] = {a->options.watch.state_dir, a->options.rules.cache_dir, NULL};
	const struct privileges_options options = {
	    .keep = (enum privileges_keep)a->config->rights,
	    .user = a->config->user,
	    .own = own,
	    .read = readable.items,
	    .write = writable.items,
	};
	int r = find_readable(&readable, a->config, &a->options.rules);
	if (!r)
		r = find_writable(&writable, a);
	if (r) {
		diags_say(diags, "rights cannot be given up: %s", strerror(-r));
		return r;
	}
	return privileges_drop(&options, diags);
}
