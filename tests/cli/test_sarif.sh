#!/bin/bash
# SPDX-License-Identifier: MIT
# SARIF as its schema wants it (2.1.0), by ajv-draft-04. Schema and validator come as packages for Node.js: without npm,
# or where its registry does not answer, there is nothing to check with.
. "$(dirname "$0")/lib.sh"
need_program node
command -v npm >/dev/null || skip_all "npm, which has schema and validator, is not installed: apt-get install npm"
mkdir "$dir/node" "$dir/package"
(cd "$dir/node" && timeout 100 npm install --silent --no-audit --no-fund ajv@8.17.1 ajv-draft-04@1.0.0 ajv-formats@3.0.1 &&
	timeout 60 npm pack --silent @datadog/datadog-ci-plugin-sarif@4.2.2 && tar -xzf ./*.tgz -C "$dir") >"$dir/npm" 2>&1 ||
	skip_all "the registry of npm does not answer: no schema to check against"
schema=$dir/package/dist/json-schema/sarif-schema-2.1.0.json

# The schema says that it is of draft 7, and holds nothing that draft 4 has not but for the name of its id.
cat >"$dir/node/fits.cjs" <<'JS'
const fs = require('fs'), Ajv = require('ajv-draft-04').default, addFormats = require('ajv-formats').default;
const [{$schema, $id, ...schema}, document] = process.argv.slice(2).map(file => JSON.parse(fs.readFileSync(file)));
const ajv = new Ajv({allErrors: true});
addFormats(ajv);
const fits = ajv.compile({id: $id, ...schema});
if (fits(document)) process.exit(0);
for (const e of fits.errors.slice(0, 5)) console.log(`  at ${e.instancePath}: ${e.message}`);
process.exit(1);
JS

# fits FILE: prints what does not.
fits() { node "$dir/node/fits.cjs" "$schema" "$1"; }

mkdir "$dir/logs"
echo 'signup failed for tilda.orrin@brindlewick-post.com' >"$dir/logs/$(printf 'a \033[31m"<b>&\xff \xd7\x90.log')"
echo "payment card=$(made_up_card 457199) declined" >"$dir/logs/漢字.log"
spill scan -f sarif -o "$dir/scan.sarif" "$dir/logs"
check "a scan fits" fits "$dir/scan.sarif"
check "and holds its findings" jq -e '.runs[0].results | length == 2' "$dir/scan.sarif"
spill scan -q -f jsonl -o "$dir/known.jsonl" "$dir/logs"
spill scan -f sarif -o "$dir/known.sarif" --baseline "$dir/known.jsonl" "$dir/logs"
check "so does one with a baseline" fits "$dir/known.sarif"
echo nothing >"$dir/clean.log"
spill scan -f sarif -o "$dir/clean.sarif" "$dir/clean.log"
check "one without findings" fits "$dir/clean.sarif"
jq '.runs[0].results[0].level = "loud"' "$dir/scan.sarif" >"$dir/bad.sarif"
check "the check itself finds a fault" not fits "$dir/bad.sarif"
jq '.runs[0].invocations[0].startTimeUtc = "today"' "$dir/scan.sarif" >"$dir/bad.sarif"
check "also in a time" not fits "$dir/bad.sarif"
if can_run; then
	spill run -q -o "$dir/run.sarif" -- sh -c "for i in \$(seq 25); do echo \"signup failed for maija\$i.korhonen@kuusikoti.fi\"; done >>$dir/logs/run.log"
	check "and one of a watch" fits "$dir/run.sarif"
fi
finish
