/* SPDX-License-Identifier: MIT */
/* What the doctor says of hosts that are not this one: each a folder with what it says of itself in /proc and /sys. */
#include "app/doctor.h"
#include "base/file.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOT_CAPABILITIES "CapEff:\t000001ffffffffff\n"

static char root[64];

static void put(const char *path, const char *text) {
	char full[PATH_MAX], *slash;
	snprintf(full, sizeof(full), "%s%s", root, path);
	slash = strrchr(full, '/');
	*slash = 0;
	assert_return_code(file_mkdirs(full, 0700), 0);
	*slash = '/';
	assert_return_code(file_write_atomic(full, text, strlen(text), 0600), 0);
}

static void drop(const char *path) {
	char full[PATH_MAX];
	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_return_code(unlink(full), 0);
}

/* A host where all is well. */
static int setup(void **state) {
	(void)state;
	char full[PATH_MAX];
	strcpy(root, "/tmp/test_doctor.XXXXXX");
	if (!mkdtemp(root))
		return -1;
	put("/proc/sys/kernel/osrelease", "6.12.9-amd64\n");
	put("/proc/self/status", "Name:\tlogspill\n" ROOT_CAPABILITIES);
	put("/proc/self/limits", "Max locked memory         8388608              8388608              bytes\n");
	put("/proc/self/cgroup", "0::/system.slice/logspill.service\n");
	put("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n");
	put("/proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n");
	put("/sys/fs/cgroup/system.slice/logspill.service/memory.max", "max\n");
	put("/sys/kernel/btf/vmlinux", "types");
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	put("/run/systemd/system/unit", "");
	snprintf(full, sizeof(full), "%s/proc/self/ns", root);
	if (file_mkdirs(full, 0700))
		return -1;
	strcat(full, "/pid");
	return symlink("pid:[4026531836]", full);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state) {
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct doctor_check *find(const struct doctor_report *r, const char *name) {
	for (size_t i = 0; i < r->len; i++)
		if (!strcmp(r->items[i].name, name))
			return &r->items[i];
	return NULL;
}

/* The named check has that state, says why and what to do unless all is well, and nothing else has got worse. */
static void expect(const char *name, enum doctor_state state) {
	struct doctor_report r = {0};
	doctor_look(&r, root);
	const struct doctor_check *c = find(&r, name);
	assert_non_null(c);
	assert_non_null(c->found);
	assert_int_equal(c->state, state);
	assert_int_equal(!c->why, state == DOCTOR_OK);
	assert_int_equal(!c->remedy, state == DOCTOR_OK);
	assert_int_equal(doctor_worst(&r), state);
	doctor_release(&r);
}

static void test_all_is_well_on_a_host_that_has_all(void **state) {
	(void)state;
	expect("kernel", DOCTOR_OK);
}

static void test_old_kernels_limit_or_forbid(void **state) {
	(void)state;
	put("/proc/sys/kernel/osrelease", "5.10.0-32-amd64\n");
	expect("kernel", DOCTOR_LIMITED);
	put("/proc/sys/kernel/osrelease", "5.7.1\n");
	expect("kernel", DOCTOR_MISSING);
	put("/proc/sys/kernel/osrelease", "gibberish\n");
	expect("kernel", DOCTOR_MISSING);
	drop("/proc/sys/kernel/osrelease");
	expect("kernel", DOCTOR_MISSING);
}

static void test_uring_is_seen_in_part_before_6_0_unless_it_is_off(void **state) {
	(void)state;
	put("/proc/sys/kernel/osrelease", "5.19.0\n");
	put("/proc/sys/kernel/io_uring_disabled", "0\n");
	expect("io_uring", DOCTOR_LIMITED);
	put("/proc/sys/kernel/io_uring_disabled", "2\n");
	expect("io_uring", DOCTOR_OK);
}

static void test_capabilities_limit_or_forbid(void **state) {
	(void)state;
	put("/proc/self/status", "CapEff:\t0000000000000000\n");
	expect("privileges", DOCTOR_MISSING);
	put("/proc/self/status", "CapEff:\t000000c001000000\n"); /* BPF, PERFMON, SYS_RESOURCE */
	expect("privileges", DOCTOR_LIMITED);
	put("/proc/self/status", "CapEff:\t000000c001080004\n"); /* and SYS_PTRACE, DAC_READ_SEARCH */
	expect("privileges", DOCTOR_OK);
	drop("/proc/self/status");
	expect("privileges", DOCTOR_MISSING);
}

static void test_types_that_are_empty_or_absent_forbid(void **state) {
	(void)state;
	put("/sys/kernel/btf/vmlinux", "");
	expect("kernel types", DOCTOR_MISSING);
	drop("/sys/kernel/btf/vmlinux");
	expect("kernel types", DOCTOR_MISSING);
}

static void test_lockdown_of_confidentiality_forbids(void **state) {
	(void)state;
	put("/sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
	expect("lockdown", DOCTOR_MISSING);
}

static void test_lockdown_that_is_not_told_is_not_called_none(void **state) {
	(void)state;
	struct doctor_report r = {0};
	drop("/sys/kernel/security/lockdown");
	doctor_look(&r, root);
	assert_null(strstr(find(&r, "lockdown")->found, "none"));
	doctor_release(&r);
}

static void test_locked_memory_counts_before_5_11_only(void **state) {
	(void)state;
	struct doctor_report r = {0};
	put("/proc/self/limits", "Max locked memory         65536                65536                bytes\n");
	put("/proc/self/status", "CapEff:\t000000c000080004\n"); /* no SYS_RESOURCE */
	expect("kernel", DOCTOR_OK);
	put("/proc/sys/kernel/osrelease", "5.10.0\n");
	doctor_look(&r, root);
	assert_int_equal(find(&r, "locked memory")->state, DOCTOR_MISSING);
	doctor_release(&r);
}

static void test_small_memory_limits(void **state) {
	(void)state;
	put("/sys/fs/cgroup/system.slice/logspill.service/memory.max", "67108864\n");
	expect("memory", DOCTOR_LIMITED);
	put("/sys/fs/cgroup/system.slice/logspill.service/memory.max", "max\n");
	put("/sys/fs/cgroup/system.slice/memory.max", "67108864\n");
	expect("memory", DOCTOR_LIMITED);
	put("/sys/fs/cgroup/system.slice/memory.max", "max\n");
	expect("memory", DOCTOR_OK);
	put("/proc/meminfo", "MemTotal: 90000 kB\nMemAvailable:    80000 kB\n");
	expect("memory", DOCTOR_LIMITED);
}

static void test_a_pid_namespace_limits(void **state) {
	(void)state;
	char full[PATH_MAX];
	drop("/proc/self/ns/pid");
	snprintf(full, sizeof(full), "%s/proc/self/ns/pid", root);
	assert_return_code(symlink("pid:[4026532177]", full), 0);
	expect("process ids", DOCTOR_LIMITED);
}

static void test_cgroups_of_version_1_limit(void **state) {
	(void)state;
	put("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
	expect("cgroups", DOCTOR_LIMITED);
}

static void test_what_may_be_asked_for_is_a_note(void **state) {
	(void)state;
	put("/proc/sys/abi/vsyscall32", "1\n");
	expect("32-bit programs", DOCTOR_NOTE);
}

static void test_hostile_text_is_made_visible(void **state) {
	(void)state;
	struct doctor_report r = {0};
	put("/proc/sys/kernel/osrelease", "6.1\033[2J\n");
	doctor_look(&r, root);
	assert_null(strchr(find(&r, "kernel")->found, '\033'));
	doctor_release(&r);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_all_is_well_on_a_host_that_has_all, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_old_kernels_limit_or_forbid, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_uring_is_seen_in_part_before_6_0_unless_it_is_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_capabilities_limit_or_forbid, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_types_that_are_empty_or_absent_forbid, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lockdown_of_confidentiality_forbids, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lockdown_that_is_not_told_is_not_called_none, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_locked_memory_counts_before_5_11_only, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_small_memory_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_pid_namespace_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cgroups_of_version_1_limit, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_what_may_be_asked_for_is_a_note, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile_text_is_made_visible, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
