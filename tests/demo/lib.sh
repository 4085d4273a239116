# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the demos share; source it. The demo that does has a function cleanup().
. tests/lib.sh
work=

step() { printf '\n== %s\n' "$*"; }
fail() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}

# Packages, a build, the right to watch, and a folder for what it writes: $work, which cleanup() removes.
prepare() {
	step "What is needed: packages and a build"
	tests/deps.sh build demo
	make --no-print-directory -j"$(nproc)" all
	[ "$(id -u)" = 0 ] || fail "watching processes needs root: run it as root"

	trap cleanup EXIT
	trap 'exit 130' INT TERM
	export work
	work=$(mktemp -d)
}
