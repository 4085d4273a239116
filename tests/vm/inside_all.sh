#!/bin/sh
# SPDX-License-Identifier: MIT
# In the machine: what the verifier looks at, the watch of the whole machine, tests one after the other, and at last what
# makes the host a hostile one. A line of counts for each.
export B=/b LOGSPILL_RULES=/b/rules PATIENCE_S=200
failed=0
uname -r
# Tests start copies of it under names of their own; busybox is what its name says.
ln -sf /b/sh /bin/sh
# There the program refuses to watch, and says why.
case "$(uname -m) $(uname -r)" in "aarch64 5."*) exec sh /b/inside_hostile.sh ;; esac
/b/programs 2>&1 || {
	failed=1
	echo "FAILED 1 verifier: a program is refused or too large"
}
sh /b/inside_host.sh || failed=1
for test in "$@"; do
	timeout -s KILL 900 "/b/$test" >/tmp/out 2>&1
	status=$?
	number() { sed -n "s/^\[  $1 *\] \([0-9]*\) test(s).*/\1/p" /tmp/out | tail -n 1; }
	passed=$(number PASSED) skipped=$(number SKIPPED) bad=$(number FAILED)
	echo "PASSED ${passed:-0} $test"
	echo "SKIPPED ${skipped:-0} $test"
	[ $status = 0 ] && continue
	failed=1
	echo "FAILED ${bad:-1} $test: exit status $status"
	grep -a -e ERROR -e LINE -e 'not so' /tmp/out | tail -n 12
done
sh /b/inside_hostile.sh || failed=1
exit $failed
