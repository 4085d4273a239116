#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the tests that `make check` has built: lint, unit (plain and with sanitizers), rules, kernel, seeds of
# the fuzzer, cli.
#
#   tests/run.sh [NAME ...]     those whose name contains a NAME; all without one
#
# One line a program, and what it says in lines of "NOTE: "; all that it printed is in build/test-output/. JOBS=N runs N
# at a time, LIMIT_S=N stops each after N seconds, B=DIR takes another build than build/, LONG=1 adds those of
# tests/long, which `make check-long` runs.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

export LC_ALL=C.UTF-8 UBSAN_OPTIONS=print_stacktrace=1
export B=${B:-build}
output=$B/test-output
sanitized=$B-address-undefined
limit_s=${LIMIT_S:-300}

# "name path" a line. A program is named after its source, so that one left over from an older tree does not run.
tests_list() {
	local source name
	echo "lint tests/lint.sh"
	for source in tests/{unit,rules,kernel}/test_*.c; do
		name=${source#tests/}
		name=${name%.c}
		[ -e "$source" ] && echo "$name $B/tests/$name"
	done
	for source in tests/unit/test_*.c; do
		name=$(basename "$source" .c)
		[ -e "$source" ] && echo "sanitized/$name $sanitized/tests/unit/$name"
	done
	for source in tests/fuzz/fuzz_*.c; do
		name=$(basename "$source" .c)
		[ -e "$source" ] && echo "fuzz/$name $sanitized/tests/fuzz/$name"
	done
	for source in tests/cli/test_*.sh ${LONG:+tests/long/test_*.sh}; do
		name=${source#tests/}
		[ -e "$source" ] && echo "${name%.sh} $source"
	done
}

selected() {
	local name path want
	while read -r name path; do
		for want in "$@"; do
			if [[ $name == *"$want"* ]]; then
				echo "$name $path"
				break
			fi
		done
	done
}

# Sets passed, failed, skipped from what cmocka says at the end. A program that did not come to its end has failed.
count_cmocka() {
	passed=$(awk '/^\[  PASSED  \] [0-9]+ test\(s\)/ { n += $4 } END { print n + 0 }' "$1")
	skipped=$(awk '/^\[  SKIPPED \] [0-9]+ test\(s\)/ { n += $4 } END { print n + 0 }' "$1")
	failed=$(awk '/^\[  FAILED  \] [0-9]+ test\(s\)/ { n += $4 } END { print n + 0 }' "$1")
}

# A script prints a line a case: "ok - what", "not ok - what", "skip - what: reason".
count_script() {
	passed=$(grep -c '^ok - ' "$1")
	failed=$(grep -c '^not ok - ' "$1")
	skipped=$(grep -c '^skip - ' "$1")
}

# Fits status and counts: passed, failed or skipped as a whole when it did not say more.
settle_counts() {
	local status=$1 path=$2
	if [ "$status" = 77 ] && [ $((passed + failed)) = 0 ]; then
		skipped=$((skipped > 0 ? skipped : 1))
	elif [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		failed=1
	elif [ $((passed + failed + skipped)) = 0 ]; then
		case $path in *.sh) passed=1 ;; *) failed=1 ;; esac
	fi
}

# reasons LOG STATUS SKIPPED
reasons() {
	local said
	said=$(sed -n 's/^SKIP: //p; s/^skip - //p' "$1" | sort -u)
	if [ -z "$said" ] && [ "$2" = 77 ]; then said=$(tail -n 1 "$1"); fi
	if [ -z "$said" ] && [ "$3" != 0 ]; then said="for no reason given"; fi
	[ -z "$said" ] || sed 's/^/         skipped: /' <<<"$said"
}

run_one() {
	local name=$1 path=$2 log status=0 start passed failed skipped word
	log=$output/${name//\//.}.log
	start=${EPOCHREALTIME/./}
	if [ -x "$path" ]; then
		timeout -k 10 "$limit_s" "$path" >"$log" 2>&1 </dev/null || status=$?
	else
		echo "$path has not been built: make check" >"$log"
		status=127
	fi
	case $path in *.sh) count_script "$log" ;; *) count_cmocka "$log" ;; esac
	settle_counts "$status" "$path"
	word=ok
	[ "$passed" -gt 0 ] || word=skip
	[ "$failed" = 0 ] || word=FAIL
	echo "$passed $failed $skipped $name" >"$log.count"
	{
		printf '  %-4s  %-36s %4d passed' "$word" "$name" "$passed"
		[ "$failed" = 0 ] || printf ', %d failed' "$failed"
		[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
		printf '  %d ms\n' $(((${EPOCHREALTIME/./} - start) / 1000))
		sed -n 's/^NOTE: /         /p' "$log"
		reasons "$log" "$status" "$skipped"
		[ "$failed" = 0 ] || failure "$log" "$status"
	} >"$log.line"
	cat "$log.line" # in one piece: others print too
}

# Cases that passed are not worth the room.
failure() {
	sed -e '/^\[ RUN /{' -e 'N' -e '/\n\[  *OK \]/d' -e '}' -e '/^ok - /d' "$1" | sed 's/^/        | /' | tail -n 60
	case $2 in
	124 | 137) echo "        | stopped after $limit_s s" ;;
	0 | 1) ;;
	*) echo "        | exit status $2" ;;
	esac
}

# summary STATUS: of the whole, so that one that broke off is no success.
summary() {
	local passed failed skipped
	read -r passed failed skipped < <(
		cat "$output"/*.count 2>/dev/null | awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }'
	)
	echo
	if [ "$1" != 0 ]; then
		failed=$((failed + 1))
		echo "The run broke off: not all tests ran. Output: $output/"
	elif [ "$failed" != 0 ]; then
		echo "Failed:$(awk '$2 { printf " %s", $4 }' "$output"/*.count). Again: tests/run.sh NAME. Output: $output/"
	elif [ "$passed" = 0 ]; then
		echo "Nothing ran. Names: tests/run.sh lint unit sanitized rules kernel cli"
	else
		echo "Next: make demo shows it on a real server; $B/logspill help lists what it can do."
	fi
	printf '%d passed, %d failed%s\n' "$passed" "$failed" "$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

main() {
	[ $# -gt 0 ] || set -- ''
	rm -rf "$output"
	mkdir -p "$output"
	tests_list | selected "$@" | xargs -r -P "${JOBS:-$(nproc)}" -L 1 tests/run.sh --one
	summary $?
}

if [ "${1-}" = --one ]; then
	run_one "$2" "$3"
else
	main "$@"
fi
