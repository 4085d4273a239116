#!/bin/bash
# SPDX-License-Identifier: MIT
# A target whose log and program lie on a file system that answers nobody any more: who asks it cannot even be killed.
# Others are watched all the same.
[ -n "${OWN_MOUNTS-}" ] || OWN_MOUNTS=1 exec unshare -m "$0"
. "$(dirname "$0")/lib.sh"
need_watch
need_program python3
[ -w /dev/fuse ] || skip_all "there is no FUSE"

mkdir "$dir/mount"
"$(dirname "$0")/hanging_mount.py" "$dir/mount" /bin/sleep >"$dir/server" 2>&1 &
server=$!
end_all() { kill -KILL "$server" ${holder+"$holder"} ${talker+"$talker"} && umount -l "$dir/mount"; } # whoever waits for it goes on then
on_exit+=(end_all)
wait_for 10 grep -qs ready "$dir/server" || skip_all "no such file system can be made: $(cat "$dir/server")"
# holder: its output and its program lie there; talker: what it does is seen.
"$dir/mount/program" 300 >"$dir/mount/log" &
holder=$!
(exec 3>>"$dir/app.log" && while :; do echo "mail to tilda.orrin@brindlewick-post.com bounced" >&3 && sleep 0.1; done) &
talker=$!
running_there() { [ "$(readlink "/proc/$holder/exe")" = "$dir/mount/program" ]; }
wait_for 10 running_there
touch "$dir/mount.hang"

for target in "-p $holder -p $talker" "--exe /bin/sleep -p $talker" "--comm program -p $talker"; do
	# shellcheck disable=SC2086 # several words
	"$logspill" watch -f jsonl -o "$dir/found.jsonl" $target >"$dir/out" 2>"$dir/err" </dev/null &
	watcher=$!
	check "$target: what another logs is found" wait_for 20 grep -qs EMAIL "$dir/found.jsonl"
	kill -INT $watcher
	check "$target: it ends when it is asked to" wait_for 20 gone $watcher
	running $watcher && break # and could not be ended but with the file system
	status=0
	wait $watcher || status=$?
	check "$target: with its verdict" status_is 1
	rm -f "$dir/found.jsonl"
done
finish
