#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs the benches that `make bench` has built: each prints raw numbers, medians and ratios.
#
#   tests/bench/run.sh [NAME ...]     those whose name contains a NAME; all without one
#
# What a bench leaves behind is in build/bench/: all rows of figures, of the last run of each bench, in bench.json, and
# the pictures drawn from them (tests/bench/NAME.gnuplot) beside it. B=DIR takes another build than build/,
# BENCH_ROUNDS=1 measures once only, for a quick look.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit

export LC_ALL=C.UTF-8
export B=${B:-build}
folder=$B/bench
json=$folder/bench.json
machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
machine="${machine:-$(uname -m)}, $(nproc) cpus, Linux $(uname -r)"
commit=$(git describe --always --dirty 2>/dev/null || cat user/VERSION)

# "name path" a line: programs, and scripts.
benches_list() {
	local source name
	for source in tests/bench/bench_*; do
		name=$(basename "${source%.*}")
		case $source in
		*.sh) echo "${name#bench_} $source" ;;
		*.c) echo "${name#bench_} $B/tests/bench/$name" ;;
		esac
	done
}

selected() {
	local name path want
	while read -r name path; do
		for want in "$@"; do
			if [[ $name == *"$want"* ]]; then
				echo "$name" "$path"
				break
			fi
		done
	done
}

# keep NAME ROWS SECONDS: the rows of one bench replace those of its last run.
keep() {
	[ -s "$json" ] || echo '{}' >"$json"
	jq --arg bench "$1" --slurpfile rows "$2" --argjson seconds "$3" --arg date "$(date -u +%FT%TZ)" \
		--arg commit "$commit" --arg machine "$machine" \
		'.[$bench] = {$machine, $date, $commit, $seconds, $rows}' "$json" >"$json.new" && mv "$json.new" "$json"
}

# Status 77: the bench could not run here, and has said why.
run_one() {
	local name=$1 path=$2 status=0 start=$SECONDS
	export BENCH_ROWS=$folder/rows
	: >"$BENCH_ROWS"
	printf '\n== %s\n' "$name"
	"$path" </dev/null || status=$?
	case $status in
	0) keep "$name" "$BENCH_ROWS" $((SECONDS - start)) && draw "$name" ;;
	77) echo "skipped" ;;
	*) echo "failed: $path ended with status $status" ;;
	esac
	rm -f "$BENCH_ROWS"
	[ $status = 0 ] || [ $status = 77 ]
}

draw() {
	local script=tests/bench/$1.gnuplot
	[ -e "$script" ] || return 0
	command -v gnuplot >/dev/null || { echo "no pictures: gnuplot is not installed" && return 0; }
	gnuplot -e "bench = '$1'; json = '$json'; folder = '$folder'; machine = '$machine'; day = '$(date -u +%F)'" \
		tests/bench/picture.gnuplot "$script"
}

main() {
	local failed=0 name path
	[ $# -gt 0 ] || set -- ''
	mkdir -p "$folder"
	BENCH_TMPFS=$(mktemp -d /dev/shm/bench.XXXXXX) && BENCH_DISK=$(mktemp -d /var/tmp/bench.XXXXXX) || return
	chmod 755 "$BENCH_TMPFS" # for servers that run as users of their own
	export BENCH_TMPFS BENCH_DISK STATE_DIRECTORY=$BENCH_DISK/state CACHE_DIRECTORY=$BENCH_DISK/cache
	trap 'rm -rf "$BENCH_TMPFS" "$BENCH_DISK"' EXIT
	trap 'exit 130' INT TERM
	echo "machine: $machine; commit $commit"
	while read -r name path <&3; do
		run_one "$name" "$path" || failed=1
	done 3< <(benches_list | selected "$@")
	printf '\nfigures: %s\n' "$json"
	find "$folder" -name '*.svg' -printf 'picture: %p\n' | sort
	return $failed
}

main "$@"
