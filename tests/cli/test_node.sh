#!/bin/bash
# SPDX-License-Identifier: MIT
# Node.js: a stream into a log file, and console lines.
. "$(dirname "$0")/lib.sh"
need_run
need_program node
need_program jq

card=$(made_up_card 457199)
cat >"$dir/shop.js" <<'NODE'
const fs = require("fs");
const [path, card] = process.argv.slice(2);
const log = fs.createWriteStream(path, { flags: "a" });
for (let i = 0; i < 300; i++) {
	log.write(JSON.stringify({ level: "info", order: i, msg: "order placed" }) + "\n");
	if (i % 3 === 0)
		log.write(JSON.stringify({ level: "warn", msg: "signup failed", email: `tilda.orrin${i}@brindlewick-post.com` }) + "\n");
	if (i % 10 === 0)
		console.log(`charging card number ${card} for order ${i}`);
}
log.end();
NODE
status=0
timeout 120 "$logspill" run -f jsonl -o "$dir/found.jsonl" -- node "$dir/shop.js" "$dir/shop.log" "$card" \
	2>"$dir/err" </dev/null | cat >"$dir/printed"
status=${PIPESTATUS[0]}
check "node: 99" status_is 99
check "node: 100 e-mail addresses logged, 100 found" counted 100 EMAIL "$dir/found.jsonl"
check "node: 30 card numbers printed, 30 found" counted 30 CREDIT_CARD "$dir/found.jsonl"
check "node: the summary balances" balanced "$dir/found.jsonl"
check "node: nothing lost" summary '.coverage == 1' "$dir/found.jsonl"
printf '%s\n' tilda.orrin "$card" >"$dir/values"
check "node: no raw value in what came out" no_raw "$dir/values" "$dir/found.jsonl" "$dir/err" "$dir/state" "$dir/cache"
finish
