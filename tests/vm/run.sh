#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel tests, a watch of a whole machine, and hosts that lack or forbid something, on other kernels; for each what
# passed and how long it took; and what the verifier had to look at.
#
#   tests/vm/run.sh [KERNEL...]     vmlinuz files or .deb packages; without: each that apt offers (tests/vm/kernels.sh)
#
# TESTS='test_hook_write test_uring' runs these tests only; TESTS=none no tests.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
B=${B:-build}
output=$B/vm-output
rm -rf "$output" && mkdir -p "$output"

tests=()
for source in tests/kernel/test_*.c; do
	name=$(basename "$source" .c)
	[ -z "${TESTS-}" ] || [[ " $TESTS " == *" $name "* ]] || continue
	tests+=("$name")
done

# bundle FOLDER BUILD ROOT: the programs of a build, and whatever of its machine they need.
bundle() {
	mkdir -p "$1/lib" &&
		cp -L "$2/logspill" "$2/tests/vm/programs" "${tests[@]/#/$2/tests/kernel/}" "$3/bin/busybox" "$3/bin/sh" "$1/" &&
		cp -r rules tests/vm/inside_*.sh "$1/" || return
	if [ -n "$3" ]; then
		cp -L "$3"/{,usr/}lib/*-linux-gnu/*.so.* "$1/lib/"
	else
		ldd "$1/logspill" "$1/sh" "${tests[@]/#/$1/}" | grep -o '[[:space:]]/[^ ]*' | sort -u | xargs cp -Lt "$1/lib"
	fi
}

[ $# -gt 0 ] || mapfile -t kernels < <(tests/vm/kernels.sh "$B/vm-kernels")
[ $# = 0 ] || kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || { echo "no kernel to be had: name one"; exit 77; }

failed=0 logs=()
printf '%-44s %6s %6s %7s %7s\n' kernel passed failed skipped seconds
for kernel in "${kernels[@]}"; do
	name=$(basename "$kernel" .deb)
	log=$output/$name.log
	start=$SECONDS
	status=0 build=$B root=
	case $name in *arm64*) build=$B-arm64 root=$B-arm64-root ;; esac
	bundle=$output/$(basename "$build")
	[ -e "$bundle" ] || bundle "$bundle" "$build" "$root" || exit
	VM_LIMIT_S=${VM_LIMIT_S:-7200} tests/vm/boot.sh "$kernel" "$bundle" "sh /b/inside_all.sh ${tests[*]}" \
		>"$log" 2>&1 || status=$?
	count() { awk -v what="$1" '$1 == what { n += $2 } END { print n + 0 }' "$log"; }
	printf '%-44s %6d %6d %7d %7d\n' "${name%%_*}" "$(count PASSED)" "$(count FAILED)" "$(count SKIPPED)" \
		$((SECONDS - start))
	[ "$status" = 0 ] || { failed=1; echo "  exit status $status: $log"; grep -a '^FAILED' "$log" | sed 's/^/  /'; }
	logs+=("$log")
done

echo
echo "Instructions that the verifier looked at, by program and kernel:"
awk '
	FNR == 1 { match($1, /^[0-9]+\.[0-9]+/); kernels[++n] = substr($1, 1, RLENGTH) ($1 ~ /-rt-/ ? "-rt" : $1 ~ /arm64/ ? "-arm64" : "") }
	$1 == "INSTRUCTIONS" { if (!($3 in is_known)) { is_known[$3]; programs[++len] = $3 } count[$3, n] = $2 }
	END {
		printf "%-20s", "program"
		for (k = 1; k <= n; k++) printf "%11s", kernels[k]
		print ""
		for (i = 1; i <= len; i++) {
			printf "%-20s", programs[i]
			for (k = 1; k <= n; k++) printf "%11s", (programs[i], k) in count ? count[programs[i], k] : "-"
			print ""
		}
	}' "${logs[@]}"
exit $failed
