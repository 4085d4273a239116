#!/bin/bash
# SPDX-License-Identifier: MIT
# Python's logging, into a file and to a block-buffered standard output.
. "$(dirname "$0")/lib.sh"
need_run
need_program /usr/bin/python3
need_program jq

card=$(made_up_card 457199)
cat >"$dir/shop.py" <<'PYTHON'
import logging, sys
path, card = sys.argv[1:]
file = logging.FileHandler(path)
file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
log = logging.getLogger("shop")
log.setLevel(logging.INFO)
log.addHandler(file)
for i in range(300):
    log.info("order %d placed", i)
    if i % 3 == 0:
        log.warning("signup failed for tilda.orrin%d@brindlewick-post.com", i)
    if i % 10 == 0:
        print("charging card number", card, "for order", i)
PYTHON
status=0
timeout 120 "$logspill" run -f jsonl -o "$dir/found.jsonl" -- /usr/bin/python3 "$dir/shop.py" "$dir/shop.log" "$card" \
	2>"$dir/err" </dev/null | cat >"$dir/printed"
status=${PIPESTATUS[0]}
check "python: 99" status_is 99
check "python: 100 e-mail addresses logged, 100 found" counted 100 EMAIL "$dir/found.jsonl"
check "python: 30 card numbers printed, 30 found" counted 30 CREDIT_CARD "$dir/found.jsonl"
check "python: the summary balances" balanced "$dir/found.jsonl"
check "python: nothing lost" summary '.coverage == 1' "$dir/found.jsonl"
printf '%s\n' tilda.orrin "$card" >"$dir/values"
check "python: no raw value in what came out" no_raw "$dir/values" "$dir/found.jsonl" "$dir/err" "$dir/state" "$dir/cache"
finish
