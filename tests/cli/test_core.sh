#!/bin/bash
# SPDX-License-Identifier: MIT
# No core file may hold what was scanned. Of a process that may not be dumped the kernel gives /proc/PID to root.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root, to be somebody else"

cp "$logspill" "$dir/logspill"
cp -r rules "$dir/rules"
mkfifo "$dir/in"
setpriv --reuid 65534 --clear-groups env -u STATE_DIRECTORY -u CACHE_DIRECTORY HOME=/nonexistent \
	LOGSPILL_RULES="$dir/rules" "$dir/logspill" scan - <"$dir/in" >"$dir/out" 2>"$dir/err" &
scan=$!
exec 7>"$dir/in"
is_logspill() { [ "$(cat /proc/$scan/comm)" = logspill ]; }
check "a scan is under way" wait_for 20 is_logspill
owner() { stat -c %u "/proc/$1/environ"; }
not_dumpable() { [ "$(owner $scan)" = 0 ]; }
check "it cannot be dumped" wait_for 20 not_dumpable
echo "health ok" >&7
exec 7>&-
wait $scan
status=$?
check "it ends as ever: 0" status_is 0

if [ -r /sys/kernel/btf/vmlinux ]; then
	spill run -q -- setpriv --reuid 65534 --clear-groups stat -c %u /proc/self/environ
	check "what run starts can be dumped as ever" grep -qx 65534 "$dir/out"
fi
finish
