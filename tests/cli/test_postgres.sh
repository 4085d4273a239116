#!/bin/bash
# SPDX-License-Identifier: MIT
# PostgreSQL with statement logging, a server of this test on a socket of its own: from initdb to its stop.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq
bin=$(postgres_folder) || skip_all "PostgreSQL is not installed: make deps"
pg=$dir/pg
postgres_make "$bin" "$pg" || skip_all "initdb does not work here"

timeout 120 "$logspill" run -f jsonl -o "$dir/found.jsonl" -- setpriv --reuid postgres --regid postgres --clear-groups \
	env HOME="$pg" LC_ALL=C.UTF-8 "$bin/postgres" -D "$pg/data" >"$dir/server" 2>"$dir/server.err" </dev/null &
watch=$!
stop_postgres() {
	local pid
	pid=$(head -n 1 "$pg/data/postmaster.pid" 2>/dev/null) && kill -INT "$pid" 2>/dev/null
}
on_exit+=(stop_postgres)
query() { as_postgres "$pg" "$bin/psql" -h "$pg" -d postgres -qtA "$@"; }
answers() { query -c 'select 1' >/dev/null 2>&1; }
check "PostgreSQL comes up under watch" wait_for 30 answers

# Each statement is logged once, as it is run.
{
	echo 'create table customer (id int, email text);'
	for i in $(seq 60); do echo "insert into customer values ($i, 'tilda.orrin$i@brindlewick-post.com');"; done
} | query -f - >"$dir/out" 2>"$dir/err"
check "60 rows are there" [ "$(query -c 'select count(*) from customer')" = 60 ]
stop_postgres
wait $watch
status=$?
check "PostgreSQL: 99" status_is 99
check "PostgreSQL: 60 e-mail addresses logged, 60 found" counted 60 EMAIL "$dir/found.jsonl"
check "PostgreSQL: they were in its log" [ "$(grep -c 'tilda.orrin' "$dir/server.err")" = 60 ]
check "PostgreSQL: nothing in its data files was taken for a log" holds 'map(select(.logspill)) | length > 0 and
	all(.logspill.sink.path | endswith("/server.err"))' "$dir/found.jsonl"
check "PostgreSQL: the summary balances" balanced "$dir/found.jsonl"
check "PostgreSQL: nothing lost" summary '.coverage == 1' "$dir/found.jsonl"
echo tilda.orrin >"$dir/values"
check "PostgreSQL: no raw value in what came out" no_raw "$dir/values" "$dir/found.jsonl" "$dir/state" "$dir/cache"
finish
