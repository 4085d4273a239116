/* SPDX-License-Identifier: MIT */
/* From a path that a container has to the host's, by the mounts of both. */
#include "process/mounts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define OVERLAY "/var/lib/docker/overlay2/4f2e"

static const char host_text[] =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "24 22 8:2 / /srv rw shared:7 master:2 - xfs /dev/sda2 rw,attr2\n"
    "25 22 0:50 / " OVERLAY "/merged rw - overlay overlay rw,lowerdir=/l,upperdir=" OVERLAY "/diff,workdir=/w\n"
    "26 22 8:3 /sub\\040vol /data\\040disk rw - btrfs /dev/sdb rw\n"
    "not a line of it\n"
    "27 22 8:4 / /mnt\n";

static const char container_text[] =
    "100 90 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=" OVERLAY "/diff\n"
    "101 100 8:1 /srv/volumes/shop /var/log/shop rw - ext4 /dev/sda1 rw\n"
    "102 100 8:2 /logs /logs rw - xfs /dev/sda2 rw\n"
    "103 100 8:3 /sub\\040vol/a /a rw - btrfs /dev/sdb rw\n"
    "104 100 0:60 / /tmp rw - tmpfs tmpfs rw\n"
    "105 100 8:3 /elsewhere /elsewhere rw - btrfs /dev/sdb rw\n"
    "106 100 0:61 / /layer rw - overlay o rw,lowerdir=/l,upperdir=/u\\040p,workdir=/w\n"
    "107 102 8:2 /other /logs rw - xfs /dev/sda2 rw\n"
    "108 100 8:1 /etc/hosts.log /etc/hosts.log rw - ext4 /dev/sda1 rw\n";

static struct mounts parse(const char *text) {
	struct mounts m;
	char *copy = strdup(text);
	assert_non_null(copy);
	assert_int_equal(mounts_parse(&m, copy), 0);
	free(copy);
	return m;
}

static void a_containers_path_becomes_the_hosts(void **state) {
	static const struct {
		const char *inside, *outside; /* NULL: the host has none */
	} cases[] = {
	    {"/app/a.log", OVERLAY "/merged/app/a.log"},
	    {"/var/log/shop/a.log", "/srv/volumes/shop/a.log"},
	    {"/var/log/shopping/a.log", OVERLAY "/merged/var/log/shopping/a.log"},
	    {"/logs/a.log", "/srv/other/a.log"}, /* the later mount hides the earlier */
	    {"/a/b.log", "/data disk/a/b.log"},
	    {"/tmp/a.log", NULL},
	    {"/elsewhere/a.log", NULL},
	    {"/layer/a.log", "/u p/a.log"}, /* mounted where the host does not see it */
	    {"/etc/hosts.log", "/etc/hosts.log"},
	    {"relative", NULL},
	};
	struct mounts host = parse(host_text), container = parse(container_text);
	(void)state;
	assert_int_equal(host.len, 5);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *found = mounts_translate(&container, &host, cases[i].inside);
		if (cases[i].outside)
			assert_string_equal(found, cases[i].outside);
		else
			assert_null(found);
		free(found);
	}
	mounts_release(&host);
	mounts_release(&container);
}

static void nothing_is_known_of_who_is_not_there(void **state) {
	struct mounts_cache cache = {0};
	(void)state;
	assert_null(mounts_host_path(&cache, 0x7ffffff0, "/a.log", 1));
	assert_null(mounts_host_path(&cache, getpid(), "/a.log", 1)); /* the host's own namespace, or ours */
	mounts_cache_release(&cache);
}

int main(void) {
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_containers_path_becomes_the_hosts),
	    cmocka_unit_test(nothing_is_known_of_who_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
