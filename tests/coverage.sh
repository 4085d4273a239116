#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the tests of the build that `make coverage` made, and adds up which lines and branches of user/ they ran. What the
# agent runs after it has given up its rights is not in it: it may write no file of ours then.
#
#   tests/coverage.sh [NAME...]     tests of these names; all
set -uo pipefail
cd "$(dirname "$0")/.." || exit

export B=${B:-build-coverage}
# The objects say /proc/self/cwd, which is elsewhere in many a process; and what cannot be noted is not for the logs that
# tests count.
export GCOV_PREFIX=$PWD GCOV_PREFIX_STRIP=3 GCOV_ERROR_FILE=/dev/null
find "$B" -name '*.gcda' -delete
[ $# -gt 0 ] || set -- unit/ rules/ kernel/ cli/
tests/run.sh "$@" >"$B/tests.log" 2>&1
# A program that is built so writes files and complaints of its own, also where it forks: these count to the byte, or
# their ring is full of it.
of_the_build='kernel/test_(exact|exact_program|identity|short_lived)|cli/test_run'
failed=$(grep -aE '^  FAIL|^The run broke off' "$B/tests.log" | grep -vE "($of_the_build) ")
tail -n 1 "$B/tests.log"
gcovr -j "$(nproc)" --root . --filter 'user/' --object-directory "$B" --gcov-ignore-parse-errors --exclude-throw-branches \
	--html-details "$B/index.html" --txt "$B/coverage.txt" --print-summary --fail-under-line 90 "$B"
status=$?
echo "The least of files of 20 lines or more:"
awk '$1 ~ /^user\// && $2 >= 20 { sub("%", "", $4); print $4 "% " $1 }' "$B/coverage.txt" | sort -n | head -n 15 | sed 's/^/  /'
if [ -n "$failed" ]; then
	printf 'Not all tests passed, so lines that they would have run are missing here: %s\n%s\n' "$B/tests.log" "$failed"
	status=1
fi
exit $status
