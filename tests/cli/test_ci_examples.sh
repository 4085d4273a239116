#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of deploy/ci: a leak fails the tests that there are, and no more once it is repaired.
. "$(dirname "$0")/lib.sh"
need_run
unset GITHUB_ACTIONS
cp -r deploy/ci "$dir/ci"
export SHOP_LOG=$dir/shop.log NIGHTLY_LOG=$dir/nightly.log

# example NAME COMMAND...
example() {
	local name=$1
	shift
	(cd "$dir/ci/$name" && "$@") >/dev/null 2>&1
	check "$name: the tests pass without a watch" [ $? = 0 ]
	spill run -q --junit "$dir/$name.xml" -- sh -c "cd '$dir/ci/$name' && exec $*"
	check "$name: under watch the leak fails them" status_is 99
	check "$name: it is a failed case among the tests" grep -q '<failure message="EMAIL' "$dir/$name.xml"
	REPAIRED=1 spill run -q --junit "$dir/$name.xml" -- sh -c "cd '$dir/ci/$name' && exec $*"
	check "$name: repaired, they pass" status_is 0
	check "$name: and no case fails" grep -q 'failures="0"' "$dir/$name.xml"
}

example shell ./nightly.sh
if python3 -c 'import pytest' 2>/dev/null; then
	example pytest python3 -m pytest -q -p no:cacheprovider
else
	echo "skip - pytest: python3-pytest is not installed: make deps"
fi
if command -v javac >/dev/null; then
	example java ./build.sh
else
	echo "skip - java: javac is not installed: make deps"
fi
finish
