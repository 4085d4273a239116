/* SPDX-License-Identifier: MIT */
#include "process/cgroup.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define CONTAINER_ID_LEN 64
#define POD_UID_LEN 36      /* of the API server's pods */
#define POD_MANIFEST_LEN 32 /* of static pods */

/* A directory of the path, or a stretch of its name. */
struct part {
	const char *s;
	size_t len;
};

static bool ends_with(struct part p, const char *end) {
	size_t n = strlen(end);
	return p.len > n && !memcmp(p.s + p.len - n, end, n);
}

static bool begins_with(struct part p, const char *begin) {
	size_t n = strlen(begin);
	return p.len > n && !memcmp(p.s, begin, n);
}

static bool is_hex(struct part p, size_t len) {
	for (size_t i = 0; i < p.len; i++)
		if (!isxdigit((unsigned char)p.s[i]) || isupper((unsigned char)p.s[i]))
			return false;
	return p.len == len;
}

static struct part without_end(struct part p, const char *end) {
	return ends_with(p, end) ? (struct part){p.s, p.len - strlen(end)} : p;
}

/* "ID", "RUNTIME-ID.scope", "SLICE:RUNTIME:ID". What watches a container (conmon) is not in it. */
static bool container_of(struct part p, struct part *ret) {
	p = without_end(p, ".scope");
	if (p.len < CONTAINER_ID_LEN)
		return false;
	struct part id = {p.s + p.len - CONTAINER_ID_LEN, CONTAINER_ID_LEN};
	struct part before = {p.s, p.len - CONTAINER_ID_LEN};
	if (!is_hex(id, CONTAINER_ID_LEN) || (before.len && !strchr("-:", before.s[before.len - 1])) ||
	    ends_with(before, "conmon-"))
		return false;
	*ret = id;
	return true;
}

static bool is_uid(struct part p) {
	for (size_t i = 0; i < p.len; i++) {
		bool joint = i == 8 || i == 13 || i == 18 || i == 23;
		if (joint ? !strchr("-_", p.s[i]) : !is_hex((struct part){p.s + i, 1}, 1))
			return false;
	}
	return p.len == POD_UID_LEN;
}

/* "podUID", "kubepods-burstable-podUID.slice", that and ":RUNTIME:ID". Slices have underscores for hyphens. */
static bool pod_of(struct part p, struct part *ret) {
	const char *colon = memchr(p.s, ':', p.len);
	if (colon)
		p.len = (size_t)(colon - p.s);
	p = without_end(p, ".slice");
	for (size_t i = 0; i + 3 < p.len; i++) {
		struct part uid = {p.s + i + 3, p.len - i - 3};
		if ((i && p.s[i - 1] != '-') || memcmp(p.s + i, "pod", 3))
			continue;
		if (is_uid(uid) || is_hex(uid, POD_MANIFEST_LEN)) {
			*ret = uid;
			return true;
		}
	}
	return false;
}

static bool is_unit(struct part p) {
	return ends_with(p, ".service") || ends_with(p, ".scope") || ends_with(p, ".socket") || ends_with(p, ".mount") ||
	       ends_with(p, ".swap");
}

/* Parts of the path. */
struct found {
	struct part unit, container, pod;
};

static void look_at(struct found *f, struct part p) {
	struct part part;
	if (pod_of(p, &part)) {
		f->pod = part;
		f->unit = (struct part){0}; /* the kubelet's or the runtime's */
	}
	if (container_of(p, &part)) {
		f->container = part;
		/* Podman puts the container of a unit right into it; other containers are in their engine's units. */
		if (!begins_with(p, "libpod-payload-"))
			f->unit = (struct part){0};
	} else if (is_unit(p) && !f->container.s) {
		/* systemd sets an underscore before names that the kernel uses. */
		f->unit = *p.s == '_' ? (struct part){p.s + 1, p.len - 1} : p;
	}
}

static int copy(char **ret, struct part p) {
	if (!p.s)
		return 0;
	*ret = strndup(p.s, p.len);
	return *ret ? 0 : -ENOMEM;
}

static struct found find_parts(const char *cgroup) {
	struct found found = {0};
	for (const char *s = cgroup; *(s += strspn(s, "/")); s += strcspn(s, "/"))
		look_at(&found, (struct part){s, strcspn(s, "/")});
	return found;
}

bool cgroup_names_container(const char *cgroup) {
	return find_parts(cgroup).container.s;
}

static bool group_is(struct part group, const char *name, bool is_container) {
	struct part id;
	size_t len = strlen(name);
	if (is_container)
		return container_of(group, &id) && len <= id.len && !memcmp(id.s, name, len);
	return group.len == len && !memcmp(group.s, name, len);
}

bool cgroup_has_group(const char *cgroup, const char *name, bool is_container) {
	for (const char *s = cgroup; *(s += strspn(s, "/")); s += strcspn(s, "/"))
		if (group_is((struct part){s, strcspn(s, "/")}, name, is_container))
			return true;
	return false;
}

int workload_read(struct workload *ret, const char *cgroup) {
	_cleanup_(workload_release) struct workload w = {0};
	const struct found found = find_parts(cgroup);
	int r = copy(&w.unit, found.unit);
	if (!r)
		r = copy(&w.container_id, found.container);
	if (!r)
		r = copy(&w.pod_uid, found.pod);
	if (r)
		return r;
	for (char *c = w.pod_uid; c && *c; c++)
		if (*c == '_')
			*c = '-';
	*ret = w;
	w = (struct workload){0};
	return 0;
}

void workload_release(struct workload *w) {
	free(w->unit);
	free(w->container_id);
	free(w->pod_uid);
	free(w->namespace);
	free(w->pod);
	free(w->container);
}
