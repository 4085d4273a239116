/* SPDX-License-Identifier: MIT */
#include "find/writer.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

DEFINE_CLEANUP(struct finding_writer *, finding_writer_free)

int finding_writer_new(struct finding_writer **ret, uint32_t uid, const char *cgroup, const char *command_line) {
	_cleanup_(finding_writer_freep) struct finding_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->uid = uid;
	w->cgroup = strdup(cgroup);
	w->command_line = command_line ? strdup(command_line) : NULL;
	if (!w->cgroup || (command_line && !w->command_line) || workload_read(&w->workload, cgroup))
		return -ENOMEM;
	*ret = take(w);
	return 0;
}

/* The names of pod and container are found out after the paths' parts: they cannot be read from the path again. */
int finding_writer_copy(struct finding_writer **ret, const struct finding_writer *from) {
	_cleanup_(finding_writer_freep) struct finding_writer *w = NULL;
	int r = finding_writer_new(&w, from->uid, from->cgroup, from->command_line);
	if (!r)
		r = text_copy(&w->workload.namespace, from->workload.namespace);
	if (!r)
		r = text_copy(&w->workload.pod, from->workload.pod);
	if (!r)
		r = text_copy(&w->workload.container, from->workload.container);
	if (r)
		return r;
	*ret = take(w);
	return 0;
}

void finding_writer_free(struct finding_writer *w) {
	if (!w)
		return;
	workload_release(&w->workload);
	free(w->command_line);
	free(w->cgroup);
	free(w);
}
