/* SPDX-License-Identifier: MIT */
/* What a cgroup path tells of who runs in it: systemd unit, container, pod. Pure, any thread. */
#ifndef PROCESS_CGROUP_H
#define PROCESS_CGROUP_H

#include <stdbool.h>

/* Owned; NULL: not known, or none. */
struct workload {
	char *unit;                        /* of systemd, not of a container's own scope */
	char *container_id;                /* in full */
	char *pod_uid;                     /* as Kubernetes writes it; of a static pod the hash of its manifest */
	char *namespace, *pod, *container; /* names: see kubelet.h */
};

/*
 * By the names that Docker, containerd, CRI-O, Podman and the kubelet give to their groups, with either of their cgroup
 * drivers, and those of systemd's units. The innermost container counts. 0 or -ENOMEM, then *ret is untouched.
 */
int workload_read(struct workload *ret, const char *cgroup);
bool cgroup_names_container(const char *cgroup);
/* Is one of its groups named so, or is it of a container whose id begins so? */
bool cgroup_has_group(const char *cgroup, const char *name, bool is_container);
void workload_release(struct workload *w);

#endif
