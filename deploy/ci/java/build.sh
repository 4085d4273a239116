#!/bin/sh
# SPDX-License-Identifier: MIT
# Stands for `mvn verify` or `gradle check`: compiles and tests, both under watch: logspill run -- ./build.sh
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
javac -d "$out" Shop.java
java -cp "$out" Shop
