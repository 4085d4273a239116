#!/bin/bash
# SPDX-License-Identifier: MIT
# Rules of an author whom nobody trusts: what is made of them ends soon, in little memory, and says which rule it was,
# which limit, and what to do.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir "$dir/rules"
echo 'health ok' >"$dir/lines"

# rule NUMBER FIND
rule() { own_rule "hostile.r$1" "$2" 'see «aaaaaaaaaaaa» there'; }
# In CPU time and memory: how long it takes besides is the machine's.
limited() {
	status=0
	rm -rf "$CACHE_DIRECTORY"
	(
		ulimit -t 30 -v 4000000
		exec "$logspill" "$@"
	) >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}
scan_hostile() { limited scan --rules "$dir/rules" --only hostile "$dir/lines"; }

{ echo 'rules:' && rule 1 "{anchor: 'T[0-9]{4}-', span: token}"; } >"$dir/rules/own.yaml"
scan_hostile
check "a modest anchor compiles: 0" status_is 0

# One that asks for everything, behind a modest one.
{
	echo 'rules:'
	rule 1 "{anchor: 'T[0-9]{4}-', span: token}"
	rule 2 "{anchor: '([ab].{0,3000}[bc].{0,3000}[cd].{0,3000}){50}z', span: token}"
} >"$dir/rules/own.yaml"
scan_hostile
check "an anchor that takes all time or memory is refused: 2" status_is 2
check "it says where" said 'own.yaml:14:'
check "which anchor" said '[cd].{0,3000}){50}z'
check "which limit" grep -qE 'with (5 seconds of CPU time|512 MiB of memory)' "$dir/err"
check "what to do" said 'let it repeat less'

# lint tries each alone.
{
	echo 'rules:'
	for i in $(seq 20); do rule "$i" "{anchor: '([ab].{0,3000}[bc].{0,3000}[cd].{0,3000}){$((50 + i))}z', span: token}"; done
} >"$dir/rules/own.yaml"
LOGSPILL_RULES=$dir/rules limited rules lint
check "lint refuses such rules: 1" status_is 1
check "lint says where" said 'own.yaml:2:'
check "lint does not take its time for all of them" said '19 rules were not measured'

# Many that are bad enough together.
{
	echo 'rules:'
	for i in $(seq 400); do rule "$i" "{anchor: '(x$i.{0,200}y.{0,200}z.{0,200}w.{0,200}){6}z', span: token}"; done
} >"$dir/rules/own.yaml"
scan_hostile
check "many that take it together are refused: 2" status_is 2
check "it says the limit" said 'do not compile with'

# Shapes by the hundred, each of which can be written in tens of thousands of ways.
shape='[0-9a-z]'
for i in 20 36 47 55 60 60 60; do shape+="[A-Za-z0-9 ./:_-]{0,$i}"; done
{
	echo 'rules:'
	for i in $(seq 300); do own_rule "hostile.r$i" "{shapes: ['${shape}x{$((i % 40 + 1))}']}" 'see «aaaaaaaaaaaa» there'; done |
		sed 's/^    find:/    validator: luhn\n&/'
} >"$dir/rules/own.yaml"
scan_hostile
check "shapes that can be written in too many ways are refused: 2" status_is 2
check "it says where and what to do" said 'narrower repetitions'

# A file of nothing but mistakes: each place is counted out from its front.
{ echo 'rules:' && for i in $(seq 4000); do printf '  - {id: hostile.m%d, nonsense: 1}\n' "$i"; done; } >"$dir/rules/own.yaml"
scan_hostile
check "4,000 mistakes are refused: 2" status_is 2
check "it says some, and that there are more" said 'there are more mistakes in it: mend these first'
check "not all" [ "$(wc -l <"$dir/err")" -lt 300 ]

# Depth and references.
{ printf 'rules: ' && printf '[%.0s' $(seq 100000); } >"$dir/rules/own.yaml"
scan_hostile
check "nesting without end is refused: 2" status_is 2
{
	echo 'a0: &a0 [x, x]'
	for i in $(seq 40); do echo "a$i: &a$i [*a$((i - 1)), *a$((i - 1))]"; done
	echo 'rules: [*a40]'
} >"$dir/rules/own.yaml"
scan_hostile
check "references to references are refused: 2" status_is 2
finish
