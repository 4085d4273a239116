/* SPDX-License-Identifier: MIT */
#include "rule/files.h"

#include "base/cleanup.h"
#include "base/diag.h"
#include "rule/rule.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <string.h>

DEFINE_CLEANUP(FTS *, fts_close)

static bool is_rule_file(const FTSENT *e) {
	size_t len = strlen(e->fts_name);

	return e->fts_info == FTS_F &&
	       (e->fts_level == FTS_ROOTLEVEL || (len > 5 && !strcmp(e->fts_name + len - 5, ".yaml")));
}

static int append(struct rule_strings *files, const char *path) {
	char **items = reallocarray(files->items, files->len + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	files->items = items;
	items[files->len] = strdup(path);
	return items[files->len] ? (files->len++, 0) : -ENOMEM;
}

static int visit(FTS *tree, FTSENT *e, struct rule_strings *ret, struct diags *diags) {
	/* Editors leave .x.yaml.swp; a mounted ConfigMap shows each file again below ..data. */
	if (e->fts_level > FTS_ROOTLEVEL && e->fts_name[0] == '.') {
		fts_set(tree, e, FTS_SKIP);
		return 0;
	}
	if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
		diags_add(diags, e->fts_path, 0, 0, "cannot be read: %s", strerror(e->fts_errno));
	return is_rule_file(e) ? append(ret, e->fts_path) : 0;
}

static int compare(const void *a, const void *b) {
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int files_find(const char *dir, struct rule_strings *ret, struct diags *diags) {
	size_t before = ret->len, said = diags->len;
	char *const paths[] = {(char *)dir, NULL};
	_cleanup_(fts_closep) FTS *tree = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int r = 0;

	if (!tree)
		return -ENOMEM;
	while (!r && (e = fts_read(tree)))
		r = visit(tree, e, ret, diags);
	if (r < 0)
		return r;
	if (ret->len > before)
		qsort(ret->items + before, ret->len - before, sizeof(*ret->items), compare);
	else if (diags->len == said)
		diags_add(diags, dir, 0, 0, "there is no *.yaml file below this directory");
	return diags->len > said ? -ENOENT : 0;
}
