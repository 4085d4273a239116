/* SPDX-License-Identifier: MIT */
#include "scan/input_list.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>

struct identity {
	dev_t dev;
	ino_t ino;
};

struct walk {
	struct input_list *list;
	input_list_error_fn fn;
	void *arg;
};

static int compare_identities(const void *a, const void *b) {
	const struct identity *x = a, *y = b;
	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* 1: first sight; 0: seen before; -ENOMEM. */
static int see(struct input_list *l, const struct stat *st) {
	struct identity *id = malloc(sizeof(*id));
	if (!id)
		return -ENOMEM;
	*id = (struct identity){st->st_dev, st->st_ino};
	struct identity **found = tsearch(id, &l->seen, compare_identities);
	if (!found || *found != id)
		free(id);
	return !found ? -ENOMEM : *found == id;
}

static int add_file(struct input_list *l, const char *path, uint64_t bytes, bool named) {
	if (!(l->len & (l->len - 1))) {
		struct input_file *items = reallocarray(l->items, l->len ? l->len * 2 : 1, sizeof(*items));
		if (!items)
			return -ENOMEM;
		l->items = items;
	}
	char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	l->items[l->len++] = (struct input_file){.path = copy, .bytes = bytes, .named = named};
	l->bytes += bytes;
	return 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *e) {
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/*
 * "./a" and "a" are one name, as are what is below "." and what is named: a finding has one id. A file that is called
 * "-" keeps its "./", as it is not standard input.
 */
static const char *plain_name(const char *path) {
	const char *name = path;
	while (name[0] == '.' && name[1] == '/' && name[2])
		for (name += 2; name[0] == '/' && name[1];)
			name++;
	return strcmp(name, "-") ? name : path;
}

static int walk_directory(const struct walk *w, const char *path);

static int walk_entry(const struct walk *w, const char *path) {
	struct stat st = {0}, link;
	if (lstat(path, &link) < 0 || (stat(path, &st) < 0 && !S_ISLNK(link.st_mode))) {
		w->fn(w->arg, path, -errno);
		return 0;
	}
	if (S_ISDIR(st.st_mode) && S_ISLNK(link.st_mode))
		return 0;
	/* A link that leads nowhere has no bytes either. */
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		w->list->specials++;
		return 0;
	}
	int first = see(w->list, &st);
	if (first <= 0)
		return first;
	return S_ISDIR(st.st_mode) ? walk_directory(w, path) : add_file(w->list, path, (uint64_t)st.st_size, false);
}

static int walk_directory(const struct walk *w, const char *path) {
	struct dirent **entries;
	int n = scandir(path, &entries, not_dots, by_bytes), r = n < 0 ? -errno : 0;
	if (r) {
		w->fn(w->arg, path, r);
		return r == -ENOMEM ? r : 0;
	}
	size_t len = strlen(path);
	const char *slash = len && path[len - 1] == '/' ? "" : "/";
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *child = NULL;
		if (!r && asprintf(&child, "%s%s%s", path, slash, entries[i]->d_name) < 0)
			r = -ENOMEM;
		if (!r)
			r = walk_entry(w, plain_name(child));
		free(entries[i]);
	}
	free(entries);
	return r;
}

int input_list_add(struct input_list *l, const char *path, input_list_error_fn fn, void *arg) {
	const struct walk w = {l, fn, arg};
	struct stat st;
	if (!strcmp(path, "-"))
		return add_file(l, path, 0, true);
	path = plain_name(path);
	if (stat(path, &st) < 0) {
		fn(arg, path, -errno);
		return 0;
	}
	int first = see(l, &st);
	if (first <= 0)
		return first;
	if (S_ISDIR(st.st_mode))
		return walk_directory(&w, path);
	return add_file(l, path, S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0, true);
}

void input_list_release(struct input_list *l) {
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i].path);
	free(l->items);
	tdestroy(l->seen, free);
	*l = (struct input_list){0};
}
