# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What bench scripts share; source it.

# row --arg KEY TEXT --argjson KEY NUMBER ...: one row of figures.
# shellcheck disable=SC2016 # a variable of jq's
row() { jq -nc "$@" '$ARGS.named' >>"${BENCH_ROWS:-/dev/null}"; }
