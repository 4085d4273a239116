#!/bin/bash
# SPDX-License-Identifier: MIT
# What a container prints goes through a pipe of its runtime, which writes it to a file: found once, as the container's.
# The runtimes here are scripts by their names, the container is a mount namespace.
. "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program python3
need_program unshare

found=$dir/found.jsonl
log=$dir/container.log
mail='mail tilda.orrin@brindlewick-post.com'

cat >"$dir/runtime" <<'END'
#!/usr/bin/python3
import os, sys
out, err = os.pipe(), os.pipe()
if os.fork() == 0:
    os.dup2(out[1], 1)
    os.dup2(err[1], 2)
    os.closerange(3, 64)
    os.execvp(sys.argv[2], sys.argv[2:])
for end in out[1], err[1]:
    os.close(end)
with open(sys.argv[1], "a", buffering=1) as log:
    for end, name in (out[0], "stdout"), (err[0], "stderr"):
        for line in os.fdopen(end):
            log.write("2026-11-22T13:49:02.123456789Z %s F %s" % (name, line))
os.wait()
END
chmod 755 "$dir/runtime"

for runtime in conmon containerd-shim dockerd supervisord; do
	cp "$dir/runtime" "$dir/$runtime"
	rm -f "$found" "$log"
	spill run -q --sinks -o "$found" -- "$dir/$runtime" "$log" unshare -m sh -c "
		for i in \$(seq 30); do echo '$mail'; done; echo '$mail' >&2"
	check "$runtime: its file is whole" [ "$(grep -c tilda "$log")" = 31 ]
	check "$runtime: 31 logged, each found once" counted 31 EMAIL "$found"
	check "$runtime: by the container" holds 'map(select(.logspill)) | all(.process.name == "sh" and
		(.logspill.sink.path == "stdout" or .logspill.sink.path == "stderr"))' "$found"
	check "$runtime: its file is listed as a second hop" holds "any(.[]; .schema == \"logspill.sink/v1\" and
		.second_hop and .sink.path == \"$log\" and .seen.bytes == $(stat -c %s "$log"))" "$found"
	check "$runtime: the books balance" balanced "$found"
done

# Its own files, as they are known inside and outside. The mounts go with the process: it stays until it was looked at.
mkdir "$dir/volume" "$dir/mounted"
spill run --sinks -f jsonl -o "$found.2" -- unshare -m sh -c "
	mount --bind '$dir/volume' '$dir/mounted' && for i in 1 2 3; do echo '$mail' >>'$dir/mounted/a.log'; done
	until [ -s '$found.2' ]; do sleep 0.05; done"
check "a bound folder: the leak is found" counted 3 EMAIL "$found.2"
check "... under the container's path" holds "map(select(.logspill)) | all(.logspill.sink.path == \"$dir/mounted/a.log\")" "$found.2"
check "... and the host's" holds "map(select(.logspill)) | all(.logspill.sink.host_path == \"$dir/volume/a.log\")" "$found.2"
check "... in the list of sinks too" holds "any(.[]; .schema == \"logspill.sink/v1\" and .log and
	.sink.host_path == \"$dir/volume/a.log\")" "$found.2"
spill run --sinks -f jsonl -o "$found.3" -- unshare -m sh -c "
	mount --bind '$dir/volume' '$dir/mounted' && echo '$mail' >>'$dir/mounted/a.log'
	until [ -s '$found.3' ]; do sleep 0.05; done"
check "... and in words" said "$dir/mounted/a.log, on the host $dir/volume/a.log"
check "... of which the list has its own" grep -q "stdout of the target .*, on the host $dir/volume/a.log" "$dir/err"
finish
