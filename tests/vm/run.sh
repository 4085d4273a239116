#!/bin/bash
# SPDX-License-Identifier: MIT
# The kernel tests, and a watch of a whole machine, on other kernels; for each what passed, what the verifier had to
# look at, and how long it took.
#
#   tests/vm/run.sh [KERNEL...]     vmlinuz files or .deb packages; without: each that apt offers (tests/vm/kernels.sh)
#
# TESTS='test_hook_write test_uring' runs these only.
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
bundle "$B/logspill" && bundle "$B/tests/vm/programs" || exit
cp -r rules "$output/bundle/rules"
cp tests/vm/inside_*.sh "$output/bundle/"

[ $# -gt 0 ] || mapfile -t kernels < <(tests/vm/kernels.sh "$B/vm-kernels")
[ $# = 0 ] || kernels=("$@")
[ ${#kernels[@]} -gt 0 ] || { echo "no kernel to be had: name one"; exit 77; }

failed=0
printf '%-44s %6s %6s %7s %12s %-30s %7s\n' kernel passed failed skipped instructions 'most of them in' seconds
for kernel in "${kernels[@]}"; do
	name=$(basename "$kernel" .deb)
	log=$output/$name.log
	start=$SECONDS
	status=0
	VM_LIMIT_S=${VM_LIMIT_S:-3000} tests/vm/boot.sh "$kernel" "$output/bundle" "sh /b/inside_all.sh ${tests[*]}" \
		>"$log" 2>&1 || status=$?
	count() { awk -v what="$1" '$1 == what { n += $2 } END { print n + 0 }' "$log"; }
	largest=$(awk '$1 == "INSTRUCTIONS" { print $3, $2 }' "$log" | sort -k2,2n | tail -n 1)
	printf '%-44s %6d %6d %7d %12d %-30s %7d\n' "${name%%_*}" "$(count PASSED)" "$(count FAILED)" \
		"$(count SKIPPED)" "$(count INSTRUCTIONS)" "$largest" $((SECONDS - start))
	[ "$status" = 0 ] || { failed=1; echo "  exit status $status: $log"; grep -a '^FAILED' "$log" | sed 's/^/  /'; }
done
exit $failed
