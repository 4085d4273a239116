#!/bin/sh
# SPDX-License-Identifier: MIT
# In the machine: hosts that lack or forbid something. A leak is found all the same, or the program says what stands in
# its way; `doctor` says so too. The last one cannot be undone.
export LOGSPILL_RULES=/b/rules STATE_DIRECTORY=/tmp/state CACHE_DIRECTORY=/tmp/cache
failed=0
# check WHAT: the last command's result.
check() {
	if [ $? = 0 ]; then
		echo "PASSED 1 hostile: $1"
	else
		echo "FAILED 1 hostile: $1"
		failed=1
		cat /tmp/words
	fi
}
# leak [OPTION...]: a program leaks, into a file: /dev/null would be no log.
leak() {
	timeout 120 /b/logspill run "$@" --only contact.email -q -- sh -c 'echo mail to tilda.orrin@brindlewick-post.com' \
		>/tmp/printed 2>/tmp/words
}
finds() {
	leak
	[ $? = 99 ]
	check "$1: a leak is found"
}
# refuses WHAT WORDS
refuses() {
	leak
	[ $? = 125 ] && grep -q "$2" /tmp/words
	check "$1: refused, and said why"
	/b/logspill doctor >/tmp/words 2>&1
	[ $? != 0 ] && grep -q "$2" /tmp/words
	check "$1: doctor says so"
}

case "$(uname -m) $(uname -r)" in
"aarch64 5."*)
	refuses "arm64 before Linux 6.0" "Linux 6.0"
	exit $failed
	;;
esac

finds "nothing in the way"

umount /sys/kernel/tracing
finds "no tracefs mounted"
mount -t tracefs tracefs /sys/kernel/tracing

# shellcheck disable=SC3045 # busybox has it
(ulimit -l 64 && finds "64 KiB of locked memory" && exit $failed) || failed=1

mount --bind /dev/null /sys/kernel/btf/vmlinux
refuses "no BTF" BTF
umount /sys/kernel/btf/vmlinux

# What the kernel side takes counts from Linux 5.11 on.
if echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir /sys/fs/cgroup/small &&
	echo 100M >/sys/fs/cgroup/small/memory.max; then
	(
		sh -c 'echo $PPID' >/sys/fs/cgroup/small/cgroup.procs
		finds "memory.max of 100 MiB"
		case $(uname -r) in 5.10.*) exit $failed ;; esac
		leak --ring-size 256M
		[ $? = 125 ] && grep -q memory.max /tmp/words
		check "memory.max below the ring: refused, and said why"
		exit $failed
	) || failed=1
	rmdir /sys/fs/cgroup/small
	echo -memory >/sys/fs/cgroup/cgroup.subtree_control
fi

umount /sys/fs/cgroup
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/pids && mount -t cgroup -o pids pids /sys/fs/cgroup/pids
finds "cgroup v1"
timeout 120 /b/logspill audit --cgroup /sys/fs/cgroup/pids -q --duration 1s >/dev/null 2>/tmp/words
[ $? = 2 ] && grep -q 'cgroup' /tmp/words
check "cgroup v1: a target of that hierarchy is refused"
umount /sys/fs/cgroup/pids && umount /sys/fs/cgroup && mount -t cgroup2 cgroup /sys/fs/cgroup

mount -t securityfs securityfs /sys/kernel/security
if echo integrity >/sys/kernel/security/lockdown; then
	finds "lockdown=integrity"
	echo confidentiality >/sys/kernel/security/lockdown
	refuses "lockdown=confidentiality" "locked down"
else
	echo "SKIPPED 1 hostile: lockdown"
fi
exit $failed
