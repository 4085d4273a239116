#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/faults/shim.c under a program: which of its calls fail, and how many allocations it made; source it after lib.sh.
: "${dir:?source it after lib.sh}"
need_program python3

shim=$dir/shim.so
gcc -O2 -shared -fPIC -o "$shim" tests/faults/shim.c -ldl || skip_all "the shim does not compile"
head -c 24 /dev/zero >"$dir/flag"
chmod 666 "$dir/flag"

# flag WHAT ONE-IN CLOCK: see the shim; nothing has failed yet.
flag() {
	python3 -c 'import struct, sys
with open(sys.argv[1], "r+b") as f: f.write(struct.pack("<IIqQ", *map(int, sys.argv[2:]), 0))' "$dir/flag" "$@"
}
# Since flag 4.
allocations() { python3 -c 'import struct, sys; print(struct.unpack("<IIqQ", open(sys.argv[1], "rb").read())[3])' "$dir/flag"; }

# Before a command: it runs with the shim.
# shellcheck disable=SC2034 # for those that source this
shimmed=(env "FAULT_FLAG=$dir/flag" "LD_PRELOAD=$shim")
