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
rm -rf "$output" && mkdir -p "$output/bundle/lib"

# A program, and the libraries it is linked with.
bundle() {
	cp -L "$1" "$output/bundle/" && ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
		cp -Ln "$library" "$output/bundle/lib/" 2>/dev/null || true
	done
}

tests=()
for source in tests/kernel/test_*.c; do
	name=$(basename "$source" .c)
	[ -z "${TESTS-}" ] || [[ " $TESTS " == *" $name "* ]] || continue
	bundle "$B/tests/kernel/$name" || exit
	tests+=("$name")
done
bundle "$B/logspill" && bundle "$B/tests/vm/programs" && bundle /bin/sh || exit
cp -r rules "$output/bundle/rules"
cp tests/vm/inside_*.sh "$output/bundle/"

[ $# -gt 0 ] || mapfile -t kernels < <(tests/vm/kernels.sh "$B/vm-kernels")
[ $# = 0 ] || kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || { echo "no kernel to be had: name one"; exit 77; }

failed=0 logs=()
printf '%-44s %6s %6s %7s %7s\n' kernel passed failed skipped seconds
for kernel in "${kernels[@]}"; do
	name=$(basename "$kernel" .deb)
	log=$output/$name.log
	start=$SECONDS
	status=0
	VM_LIMIT_S=${VM_LIMIT_S:-3000} tests/vm/boot.sh "$kernel" "$output/bundle" "sh /b/inside_all.sh ${tests[*]}" \
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
	FNR == 1 { kernels[++n] = $1 }
	$1 == "INSTRUCTIONS" { if (!($3 in is_known)) { is_known[$3]; programs[++len] = $3 } count[$3, n] = $2 }
	END {
		printf "%-20s", "program"
		for (k = 1; k <= n; k++) { split(kernels[k], v, /[.-]/); printf "%9s", v[1] "." v[2] }
		print ""
		for (i = 1; i <= len; i++) {
			printf "%-20s", programs[i]
			for (k = 1; k <= n; k++) printf "%9s", (programs[i], k) in count ? count[programs[i], k] : "-"
			print ""
		}
	}' "${logs[@]}"
exit $failed
