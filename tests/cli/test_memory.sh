#!/bin/bash
# SPDX-License-Identifier: MIT
# One allocation fails, any one of those that a command makes: it says so and ends with its own failure, or does without;
# it never crashes (but within libfyaml), and what it wrote is whole lines, each of which has all that it has without the
# failure. ALLOCATIONS=all takes one after the other, else some at random.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program jq
# shellcheck source=tests/cli/shim.sh
source "$(dirname "$0")/shim.sh"

for i in $(seq 60); do echo "signup of maija.korhonen$i@kuusikoti.fi failed"; done >"$dir/lines"
printf 'waivers: []\n' >"$dir/waivers.yaml"

# with_failure NUMBER COMMAND...: that allocation of it fails; 0: none.
with_failure() {
	flag 4 "$1" 0
	status=0
	timeout 60 "${shimmed[@]}" "$logspill" "${@:2}" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}

# The names in each line of $dir/out, whatever their values are.
names() { jq -c '[paths(scalars) | map(strings) | join(".")] | unique' "$dir/out" 2>/dev/null | sort -u; }

# try NAME COMMAND...
try() {
	local name=$1 n bad=0 number
	shift
	"$logspill" "$@" >/dev/null 2>&1 </dev/null # what is compiled is in the cache then
	with_failure 0 "$@"
	local usual=$status
	n=$(allocations)
	names >"$dir/usual"
	check "$name: makes allocations" [ "$n" -gt 100 ]
	for number in $(if [ "${ALLOCATIONS:-}" = all ]; then seq "$n"; else shuf -i "1-$n" -n "${ALLOCATIONS:-25}"; fi); do
		with_failure "$number" "$@"
		case $status in
		"$usual" | 2 | 3) ;;
		*) bad=$((bad + 1)) && echo "  allocation $number of $n: exit status $status" && tail -n 3 "$dir/err" ;;
		esac
		[ ! -s "$dir/out" ] || jq -e . "$dir/out" >/dev/null 2>&1 || {
			bad=$((bad + 1))
			echo "  allocation $number of $n: half a line"
		}
		names | comm -23 - "$dir/usual" >"$dir/other"
		[ ! -s "$dir/other" ] || {
			bad=$((bad + 1))
			echo "  allocation $number of $n: a line that has other names in it: $(head -n 1 "$dir/other")"
		}
		if [ "$status" = 0 ] && [ "$usual" != 0 ]; then
			bad=$((bad + 1))
			echo "  allocation $number of $n: passes what fails"
		fi
	done
	check "$name, $n allocations: none that fails is a crash, half a line or a pass" [ $bad = 0 ]
}

try "scan" scan -f jsonl "$dir/lines"
try "scan with waivers" scan -f json --waivers "$dir/waivers.yaml" "$dir/lines"
try "the list of rules" rules list -f jsonl
finish
