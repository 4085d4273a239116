#!/bin/sh
# SPDX-License-Identifier: MIT
# In the machine: runs tests one after the other, then the watch of the whole machine. A line of counts for each.
failed=0
uname -r
sh /b/inside_host.sh || failed=1
for test in "$@"; do
	timeout -s KILL 300 "/b/$test" >/tmp/out 2>&1
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
exit $failed
