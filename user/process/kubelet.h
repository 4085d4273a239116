/* SPDX-License-Identifier: MIT */
/* The names of a pod, from the folders in which the kubelet keeps its logs: no API is asked. Any thread. */
#ifndef PROCESS_KUBELET_H
#define PROCESS_KUBELET_H

#include "process/cgroup.h"

#define KUBELET_LOGS "/var/log"

/*
 * Fills in namespace, pod and container by container id or pod uid: from
 * LOGS/containers/POD_NAMESPACE_CONTAINER-ID.log, else, without the container's name, from LOGS/pods/NAMESPACE_POD_UID.
 * What is not there stays unknown. 0 or -ENOMEM.
 */
int kubelet_name(struct workload *w, const char *logs);

#endif
