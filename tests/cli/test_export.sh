#!/bin/bash
# SPDX-License-Identifier: MIT
# logspill rules export: what a log pipeline is given takes the values out, and leaves the rest. rsyslog is the real one;
# of the others the engine that they match with: Rust's through ripgrep, RE2 through Go, LuaJIT.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program python3
need_program jq
python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed: make deps"

card=$(made_up_card 4571)
cat >"$dir/values" <<VALUES
maija.korhonen@kuusikoti.fi
o.lund%40fjordhus.no
$card
131052A308T
Haem4Puav643
tr1cky pass' word
t0psecret77
+358405391333
Maija Korhonen
10.20.1985
VALUES
cat >"$dir/lines" <<LINES
signup failed for maija.korhonen@kuusikoti.fi after 31 ms, again maija.korhonen@kuusikoti.fi
GET /reset?mail=o.lund%40fjordhus.no&lang=fi HTTP/1.1
paid with $card, order 17
henkilötunnus 131052A308T was refused
connecting to postgres://kuu:Haem4Puav643@db-6.internal:5432/prod
{"user":"kuu","password":"tr1cky pass' word","ok":true}
login db_password=t0psecret77 from=10.0.0.7
call from +358405391333 rejected
{"customer":{"first_name":"Maija Korhonen","birthDate":"10.20.1985"}}
LINES
cat >"$dir/plain" <<'LINES'
health ok 17, took 31 ms, 100 % of $HOME and 'quotes' "too" \n
[REDACTED:EMAIL] stays, password=[REDACTED:SECRET:password] does, [] {} <> too
LINES
cat "$dir/plain" >>"$dir/lines"

"$logspill" scan -q -o "$dir/found.jsonl" "$dir/lines" >/dev/null 2>&1

# export_for NAME: a file of that name.
export_for() {
	spill rules export --for "$1" --fired "$dir/found.jsonl" -o "$dir/$1"
	check "$1: there is a file" status_is 0
	check "$1: what it cannot say is said" said 'check digits'
	check "$1: and in the file" grep -q 'does not know: check digits' "$dir/$1"
	check "$1: that addresses may have other letters, too" grep -q 'does not know: letters that are no ASCII' "$dir/$1"
	check "$1: only rules that fired are in it" not grep -q 'network.mac' "$dir/$1"
}

# cleaned NAME FILE: the lines, as they came out there.
cleaned() {
	check "$1: no value is left" no_raw "$dir/values" "$2"
	check "$1: as many lines as before" [ "$(wc -l <"$2")" = "$(wc -l <"$dir/lines")" ]
	check "$1: what is nobody's is as it was" diff "$dir/plain" <(tail -n 2 "$2")
	check "$1: the words around a value stay" grep -qxF \
		'signup failed for [REDACTED:EMAIL] after 31 ms, again [REDACTED:EMAIL]' "$2"
	check "$1: so does the key" grep -qF 'db_password=[REDACTED:SECRET:password] from=' "$2"
	check "$1: and what stands behind" grep -qF 'postgres://kuu:[REDACTED:SECRET:password]@db-6.internal:5432/prod' "$2"
	spill scan "$2"
	check "$1: nothing is found in it" status_is 0
}

yaml() { python3 -c "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))" "$dir/$1"; }

fluent_bit() {
	export_for fluent-bit
	yaml fluent-bit | jq -r '.pipeline.filters[0] | select(.name == "lua" and .call == "redact") | .code' >"$dir/redact.lua"
	cat >>"$dir/redact.lua" <<-'LUA'
		for line in io.lines(arg[1]) do
		  local code, time, record = redact('app', 7, {log = line})
		  assert(code == 2 and time == 7)
		  print(record.log)
		end
		local _, _, record = redact('app', 7, {db = {db_password = 't0psecret77', list = {'a', 'maija.korhonen@kuusikoti.fi'}}, n = 17})
		assert(record.db.db_password == '[REDACTED:SECRET:password]' and record.db.list[2] == '[REDACTED:EMAIL]')
		assert(record.db.list[1] == 'a' and record.n == 17)
	LUA
	status=0
	luajit "$dir/redact.lua" "$dir/lines" >"$dir/fluent-bit.out" 2>"$dir/err" || status=$?
	check "fluent-bit: Lua takes it, and fields by their name" status_is 0
	cleaned fluent-bit "$dir/fluent-bit.out"
}

# Statements of OTTL: the texts in them are written like those of JSON.
otel() {
	export_for otel
	cat >"$dir/redact.go" <<-'GO'
		package main

		import (
			"bufio"
			"encoding/json"
			"fmt"
			"os"
			"regexp"
		)

		func main() {
			var pairs [][2]string
			if json.NewDecoder(os.Stdin).Decode(&pairs) != nil || len(pairs) == 0 {
				os.Exit(1)
			}
			lines, _ := os.Open(os.Args[1])
			for s := bufio.NewScanner(lines); s.Scan(); {
				text := s.Text()
				for _, p := range pairs {
					text = regexp.MustCompile(p[0]).ReplaceAllString(text, p[1])
				}
				fmt.Println(text)
			}
		}
	GO
	yaml otel | jq -c '[.processors["transform/logspill"].log_statements[0].statements[] |
		capture("^replace_pattern\\(body, (?<a>\".*\"), (?<b>\".*\")\\)$") | [.a, .b] | map(fromjson | gsub("[$][$]"; "$"))]' >"$dir/pairs"
	status=0
	(cd "$dir" && GOCACHE=$dir/go GO111MODULE=off go run redact.go lines <pairs >otel.out 2>err) || status=$?
	check "otel: each pattern is one of RE2" status_is 0
	cleaned otel "$dir/otel.out"
}

vector() {
	local pattern mask
	export_for vector
	cp "$dir/lines" "$dir/vector.out"
	yaml vector | jq -r '.transforms.logspill | select(.type == "remap") | .source' >"$dir/vrl"
	status=0
	while IFS=$'\t' read -r pattern mask; do
		rg --passthru --no-line-number -e "$pattern" -r "${mask//\$\$/\$}" "$dir/vector.out" >"$dir/next" 2>>"$dir/err"
		[ $? -le 1 ] || status=2
		mv "$dir/next" "$dir/vector.out"
	done < <(sed -n "s/^ *text = replace(text, r'\([^']*\)', \"\([^\"]*\)\")$/\1\t\2/p" "$dir/vrl")
	check "vector: each pattern is one of Rust" status_is 0
	cleaned vector "$dir/vector.out"
}

# Written by a rule of the old form, and by a new one: neither names a template.
rsyslog() {
	export_for rsyslog
	: >"$dir/input"
	cat >"$dir/rsyslog.conf" <<-CONF
		global(workDirectory="$dir")
		module(load="imfile")
		input(type="imfile" file="$dir/input" tag="shop:")
		include(file="$dir/rsyslog")
		template(name="own" type="string" string="%\$.redacted%\\n")
		*.* $dir/old.out
		action(type="omfile" file="$dir/new.out")
		action(type="omfile" file="$dir/own.out" template="own")
	CONF
	status=0
	rsyslogd -N1 -f "$dir/rsyslog.conf" >"$dir/out" 2>"$dir/err" || status=$?
	check "rsyslog: it has nothing to say against it" status_is 0
	rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/rsyslog.pid" >"$dir/rsyslog.log" 2>&1 </dev/null &
	rsyslogd=$!
	end_rsyslogd() { kill $rsyslogd 2>/dev/null; }
	on_exit+=(end_rsyslogd)
	cat "$dir/lines" >>"$dir/input"
	all_out() { [ "$(cat "$dir/old.out" "$dir/new.out" "$dir/own.out" 2>/dev/null | wc -l)" = $((3 * $(wc -l <"$dir/lines"))) ]; }
	check "rsyslog: all lines come out" wait_for 20 all_out
	cleaned rsyslog "$dir/own.out"
	check "rsyslog: nor is one left where no template was named" no_raw "$dir/values" "$dir/old.out" "$dir/new.out"
	check "rsyslog: there a line is as usual" grep -q ' shop: health ok 17' "$dir/new.out"
}

# with PROGRAM FUNCTION
with() {
	if command -v "$1" >/dev/null; then "$2"; else echo "skip - $2: $1 is not installed: make deps"; fi
}
with luajit fluent_bit
with go otel
with rg vector
with rsyslogd rsyslog

# What an agent remembers.
stored() {
	local name=shop-$$
	cp /bin/sh "$dir/$name"
	printf '%s\n' 'version: 1' "targets: [{comm: $name}]" "directories: {state: $dir/agent}" 'http: {listen: "127.0.0.1:0"}' >"$dir/agent.yaml"
	check "store: an agent watches" agent_start "$dir/agent.yaml"
	"$dir/$name" -c "echo 'signup of maija.korhonen@kuusikoti.fi' >>$dir/shop.log"
	exports() { spill rules export --for vector --store "$dir/agent/store.db" && grep -q '# contact.email:' "$dir/out"; }
	check "store: the rule that fired" wait_for 20 exports
	check "store: no other" [ "$(grep -c '# .*: \[REDACTED' "$dir/out")" = 1 ]
}
if can_watch; then
	stored
else
	echo "skip - store: $(why_no_watch)"
fi

spill rules export --for splunk
check "a target that there is not is refused" status_is 2
check "with those that there are" said 'fluent-bit, otel, rsyslog or vector'
spill rules export
check "--for is asked for" status_is 2
spill rules list --for vector
check "it is for export alone" status_is 2
spill rules export --for vector --only contact.email
check "--only, without findings: that rule" grep -q '# contact.email:' "$dir/out"
check "--only: no other" [ "$(grep -c '# .*: \[REDACTED' "$dir/out")" = 1 ]
printf '{"schema":"logspill.finding/v1","rule":{"id":"gone.rule"},"logspill":{}}\n' >"$dir/gone.jsonl"
spill rules export --for vector --fired "$dir/gone.jsonl"
check "a rule that has gone is named" said 'gone.rule'
spill rules export --for vector --fired "$dir/lines"
check "a file of something else is refused" status_is 2
finish
