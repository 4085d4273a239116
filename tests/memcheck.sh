#!/bin/bash
# SPDX-License-Identifier: MIT
# The unit tests under valgrind: no access to what is not ours, nothing read that was not set. Lost memory is not looked
# for: several tests leave theirs to the end of the process. Those that are about time, threads or many processes take
# too long there, one reads the stack of a child, which there is valgrind's, and one compiles all rules, which takes more
# CPU time there than it may; sanitizers look at them.
#
#   tests/memcheck.sh [NAME...]     these; all
set -uo pipefail
cd "$(dirname "$0")/.." || exit

B=${B:-build}
unfit='test_origin|test_command|test_store_crash|test_record_property|test_record_many|test_check_mutations|test_output|test_http_server'
[ $# -gt 0 ] || mapfile -t names < <(find tests/unit -name 'test_*.c' -printf '%f\n' | sed 's/\.c$//' | grep -vxE "$unfit" | sort)
[ $# = 0 ] || names=("$@")
mkdir -p "$B/memcheck"

one() {
	local log=$2/memcheck/$1.log status=0
	timeout 1800 valgrind -q --error-exitcode=99 --leak-check=no --child-silent-after-fork=yes \
		--soname-synonyms=somalloc=nouserintercepts "$2/tests/unit/$1" >"$log" 2>&1 </dev/null || status=$?
	case $status in
	0 | 77) echo "  ok    $1" ;;
	99) echo "  FAIL  $1: $log" ;;
	*) echo "  FAIL  $1: exit status $status: $log" ;;
	esac
}
export -f one
printf '%s\n' "${names[@]}" | xargs -P "${JOBS:-$(nproc)}" -I {} bash -c "one {} $B" | tee "$B/memcheck/summary"
! grep -q FAIL "$B/memcheck/summary"
