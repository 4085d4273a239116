/* SPDX-License-Identifier: MIT */
#include "process/kubelet.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

static void closedirp(DIR **dir) {
	if (*dir)
		closedir(*dir);
}

/* The entry of the folder that ends so, without that end; NULL with 0: there is none. */
static int find_entry(const char *logs, const char *folder, const char *end, char **ret) {
	char path[512];
	if (snprintf(path, sizeof(path), "%s/%s", logs, folder) >= (int)sizeof(path))
		return 0;
	_cleanup_(closedirp) DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		size_t len = strlen(entry->d_name), n = strlen(end);
		if (len <= n || strcmp(entry->d_name + len - n, end))
			continue;
		*ret = strndup(entry->d_name, len - n);
		return *ret ? 0 : -ENOMEM;
	}
	return 0;
}

/* No name in Kubernetes holds an underscore. */
static int split(const char *entry, char **const names[], size_t len) {
	for (size_t i = 0; i < len; i++) {
		size_t n = i + 1 < len ? strcspn(entry, "_") : strlen(entry);
		*names[i] = strndup(entry, n);
		if (!*names[i])
			return -ENOMEM;
		entry += n + (entry[n] == '_');
	}
	return 0;
}

static int by_container(struct workload *w, const char *logs) {
	_cleanup_free_ char *entry = NULL;
	char end[128];
	snprintf(end, sizeof(end), "-%s.log", w->container_id);
	int r = find_entry(logs, "containers", end, &entry);
	return r || !entry ? r : split(entry, (char **const[]){&w->pod, &w->namespace, &w->container}, 3);
}

static int by_pod(struct workload *w, const char *logs) {
	_cleanup_free_ char *entry = NULL;
	char end[64];
	snprintf(end, sizeof(end), "_%s", w->pod_uid);
	int r = find_entry(logs, "pods", end, &entry);
	return r || !entry ? r : split(entry, (char **const[]){&w->namespace, &w->pod}, 2);
}

int kubelet_name(struct workload *w, const char *logs) {
	int r = w->container_id && w->pod_uid ? by_container(w, logs) : 0;
	if (!r && !w->pod && w->pod_uid)
		r = by_pod(w, logs);
	return r;
}
