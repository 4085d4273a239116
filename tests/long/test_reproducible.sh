#!/bin/bash
# SPDX-License-Identifier: MIT
# Two builds in two folders, at two times, by two users' settings: the same program to the byte, and the same BPF objects.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/../cli/lib.sh"
export CCACHE_DISABLE=1

# build_in FOLDER VARIABLE=VALUE...
build_in() {
	local folder=$1
	shift
	mkdir -p "$folder"
	cp -r Makefile user bpf vmlinux deploy rules "$folder/" || return
	find "$folder" -exec touch -d '2001-02-03' {} + # dates of files are not to count either
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "$@" make -C "$folder" -j"$(nproc)" all >"$dir/out" 2>"$dir/err"
}

check "a build" build_in "$dir/a" LC_ALL=C TZ=UTC
check "another one, elsewhere" build_in "$dir/some/where/else" LC_ALL=C.UTF-8 TZ=Asia/Tokyo HOME=/
check "the programs are the same to the byte" cmp "$dir/a/build/logspill" "$dir/some/where/else/build/logspill"
objects() { (cd "$1/build/bpf" && sha256sum ./*.o); }
check "the BPF objects are" diff <(objects "$dir/a") <(objects "$dir/some/where/else")
check "there are some" [ "$(objects "$dir/a" | wc -l)" -gt 1 ]
check "neither says where it was built" not grep -aq "$dir" "$dir/a/build/logspill"
finish
