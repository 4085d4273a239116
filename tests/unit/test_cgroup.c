/* SPDX-License-Identifier: MIT */
#include "base/cleanup.h"
#include "base/file.h"
#include "process/cgroup.h"
#include "process/kubelet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "4f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a05364f2e9d1c7b8a0536"
#define ID2 "0011223344556677889900aabbccddeeff0011223344556677889900aabbccdd"
#define UID "3c8a1f0e-52b7-4d19-9e60-a1b2c3d4e5f6"
#define UID_ "3c8a1f0e_52b7_4d19_9e60_a1b2c3d4e5f6"
#define MANIFEST "9f86d081884c7d659a2feaa0c55ad015"

static const struct {
	const char *cgroup, *unit, *container, *pod;
} cases[] = {
    {"/", NULL, NULL, NULL},
    {"", NULL, NULL, NULL},
    /* systemd */
    {"/system.slice/nginx.service", "nginx.service", NULL, NULL},
    {"/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", NULL, NULL},
    {"/system.slice/app.service/worker", "app.service", NULL, NULL},
    {"/system.slice/_cpu.service", "cpu.service", NULL, NULL},
    {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", NULL, NULL},
    {"/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service", "shop.service", NULL, NULL},
    {"/init.scope", "init.scope", NULL, NULL},
    {"/system.slice", NULL, NULL, NULL},
    {"/system.slice/.service", NULL, NULL, NULL},
    /* Docker */
    {"/docker/" ID, NULL, ID, NULL},
    {"/system.slice/docker-" ID ".scope", NULL, ID, NULL},
    {"/system.slice/docker-" ID ".scope/init.scope", NULL, ID, NULL},
    {"/docker/" ID "/docker/" ID2, NULL, ID2, NULL},
    /* containerd */
    {"/default/" ID, NULL, ID, NULL},
    {"/system.slice/nerdctl-" ID ".scope", NULL, ID, NULL},
    {"/system.slice/containerd.service", "containerd.service", NULL, NULL},
    /* Podman */
    {"/machine.slice/libpod-" ID ".scope/container", NULL, ID, NULL},
    {"/libpod_parent/libpod-" ID, NULL, ID, NULL},
    {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope/container", NULL, ID, NULL},
    {"/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", NULL, NULL},
    {"/system.slice/web.service/libpod-payload-" ID, "web.service", ID, NULL},
    {"/system.slice/web.service/runtime", "web.service", NULL, NULL},
    /* kubelet, cgroupfs */
    {"/kubepods/pod" UID "/" ID, NULL, ID, UID},
    {"/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID},
    {"/kubepods/besteffort/pod" MANIFEST "/" ID, NULL, ID, MANIFEST},
    {"/kubepods/burstable/pod" UID "/crio-" ID, NULL, ID, UID},
    {"/kubepods/burstable/pod" UID, NULL, NULL, UID},
    {"/docker/" ID2 "/kubelet/kubepods/burstable/pod" UID "/" ID, NULL, ID, UID},
    /* kubelet, systemd */
    {"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", NULL, ID, UID},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/crio-" ID ".scope", NULL, ID, UID},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/docker-" ID ".scope", NULL, ID,
     UID},
    {"/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/"
     "kubelet-kubepods-besteffort-pod" MANIFEST ".slice/cri-containerd-" ID ".scope",
     NULL, ID, MANIFEST},
    {"/system.slice/containerd.service/kubepods-burstable-pod" UID_ ".slice:cri-containerd:" ID, NULL, ID, UID},
    /* what only looks so */
    {"/docker/" ID "0", NULL, NULL, NULL},
    {"/docker/4F2E9D1C7B8A05364F2E9D1C7B8A05364F2E9D1C7B8A05364F2E9D1C7B8A0536", NULL, NULL, NULL},
    {"/docker/4f2e9d1c7b8a", NULL, NULL, NULL},
    {"/tripod" UID "/x", NULL, NULL, NULL},
    {"/podium.slice", NULL, NULL, NULL},
    {"/pod", NULL, NULL, NULL},
    {"/podded-app.service", "podded-app.service", NULL, NULL},
};

static void assert_same(const char *cgroup, const char *got, const char *want) {
	if (!got != !want || (want && strcmp(got, want)))
		fail_msg("%s: %s and not %s", cgroup, got ? got : "nothing", want ? want : "nothing");
}

static void groups_tell_unit_container_and_pod(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(workload_release) struct workload w = {0};
		assert_int_equal(workload_read(&w, cases[i].cgroup), 0);
		assert_same(cases[i].cgroup, w.unit, cases[i].unit);
		assert_same(cases[i].cgroup, w.container_id, cases[i].container);
		assert_same(cases[i].cgroup, w.pod_uid, cases[i].pod);
		assert_int_equal(cgroup_names_container(cases[i].cgroup), cases[i].container != NULL);
		assert_null(w.pod);
	}
}

static char logs[] = "/tmp/kubelet-XXXXXX";

static void path_of(char ret[static 512], const char *name) {
	snprintf(ret, 512, "%s/%s", logs, name);
}

static const char *const folders[] = {"containers", "pods", "pods/shop_web-5f7d_" UID,
                                      "pods/kube-system_etcd_" MANIFEST,
                                      "pods/other_web_00000000-0000-0000-0000-000000000000"};
static const char *const files[] = {"containers/web-5f7d_shop_app-" ID ".log",
                                    "containers/web-5f7d_shop_sidecar-" ID2 ".log"};

static int setup(void **state) {
	char path[512];
	(void)state;
	if (!mkdtemp(logs))
		return -1;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		path_of(path, folders[i]);
		if (mkdir(path, 0700))
			return -1;
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path_of(path, files[i]);
		if (symlink("/nowhere", path)) /* as they are once the log is rotated away */
			return -1;
	}
	return 0;
}

static int teardown(void **state) {
	char path[512];
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path_of(path, files[i]);
		unlink(path);
	}
	for (size_t i = sizeof(folders) / sizeof(*folders); i-- > 0;) {
		path_of(path, folders[i]);
		rmdir(path);
	}
	return rmdir(logs);
}

static void assert_named(const char *cgroup, const char *namespace, const char *pod, const char *container) {
	_cleanup_(workload_release) struct workload w = {0};
	assert_int_equal(workload_read(&w, cgroup), 0);
	assert_int_equal(kubelet_name(&w, logs), 0);
	assert_same(cgroup, w.namespace, namespace);
	assert_same(cgroup, w.pod, pod);
	assert_same(cgroup, w.container, container);
}

static void names_come_from_the_kubelets_folders(void **state) {
	(void)state;
	assert_named("/kubepods/pod" UID "/" ID, "shop", "web-5f7d", "app");
	assert_named("/kubepods/pod" UID "/" ID2, "shop", "web-5f7d", "sidecar");
	assert_named("/kubepods/pod" UID, "shop", "web-5f7d", NULL);
	assert_named("/kubepods/pod" MANIFEST "/" ID, "shop", "web-5f7d", "app");
	assert_named("/kubepods/pod" MANIFEST, "kube-system", "etcd", NULL);
	assert_named("/docker/" ID, NULL, NULL, NULL);
	assert_named("/kubepods/podffffffff-52b7-4d19-9e60-a1b2c3d4e5f6", NULL, NULL, NULL);
}

static void without_a_kubelet_there_are_no_names(void **state) {
	_cleanup_(workload_release) struct workload w = {0};
	(void)state;
	assert_int_equal(workload_read(&w, "/kubepods/pod" UID "/" ID), 0);
	assert_int_equal(kubelet_name(&w, "/nonexistent"), 0);
	assert_null(w.pod);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(groups_tell_unit_container_and_pod),
	    cmocka_unit_test(names_come_from_the_kubelets_folders),
	    cmocka_unit_test(without_a_kubelet_there_are_no_names),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
