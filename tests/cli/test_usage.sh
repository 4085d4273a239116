#!/bin/bash
# SPDX-License-Identifier: MIT
# Mistakes on the command line: a message that names the mistake, 2 (for run 125), nothing started.
. "$(dirname "$0")/lib.sh"

# mistake STATUS WORD ARGS...
mistake() {
	local want=$1 word=$2
	shift 2
	spill "$@"
	check "'logspill $*' exits with $want" status_is "$want"
	check "'logspill $*' says '$word'" said "$word"
	check "'logspill $*' prints nothing on standard output" [ ! -s "$dir/out" ]
}

mistake 2 usage
mistake 2 "there is no command 'wacth'" wacth
mistake 2 'name a target' watch
mistake 2 "unrecognized option '--colour=never'" watch --colour=never -p 1
mistake 2 "not '12x'" watch -p 12x
mistake 2 "not '0'" watch -p 0
mistake 2 "not '-4'" watch -p -4
mistake 2 'requires an argument' watch -p
mistake 2 'text, jsonl, ecs, ocsf, md, html' watch -f yaml -p 1
mistake 2 "'4711'" watch 4711
mistake 2 'name a target' audit
for time in 10 0s 1m1h 5x -1s 1000d; do
	mistake 2 'such as 90s, 10m' audit -d "$time" -p 1
done
mistake 2 '-f goes with one -o' audit -p 1 -f md -o "$dir/a.html" -o "$dir/b.md"
mistake 2 'no/such/a.html: No such file' audit -p 1 -o "$dir/no/such/a.html"
mistake 125 'which program' run
mistake 125 'which program' run --
mistake 125 "unrecognized option '--no-such'" run --no-such -- touch "$dir/started"
mistake 125 'text, jsonl, ecs, ocsf, md, html' run -f xml -- touch "$dir/started"
mistake 125 'auto, tracepoint or raw' run --hook kprobe -- touch "$dir/started"
for size in 3M 32K 2G 0 -1M 16MB; do
	mistake 125 'power of two from 64K to 1G' run --ring-size "$size" -- touch "$dir/started"
done
for number in 0 -1 65 two 2x; do
	mistake 125 'threads from 1 to 64' run --workers "$number" -- touch "$dir/started"
done
for share in 1 1/0 1/ 2/3 1/-4 1/10x 0.1; do
	mistake 125 'takes 1/N' run --sample "$share" -- touch "$dir/started"
done
for option in budget total-budget; do
	for size in 0 -1M 5T much 1e6 ''; do
		mistake 125 "--$option takes bytes a second" run --$option "$size" -- touch "$dir/started"
	done
done
for share in 0 -5 101 half 5%; do
	mistake 125 'percentage of one core' run --max-cpu "$share" -- touch "$dir/started"
done
mistake 125 'takes a number' run --min-records many -- touch "$dir/started"
mistake 125 'above 0' run --min-confidence 7 -- touch "$dir/started"
check "no program was started by a wrong command line" [ ! -e "$dir/started" ]

for arg in help --help -h; do
	spill $arg
	check "'logspill $arg' exits with 0" status_is 0
	check "'logspill $arg' lists the commands on standard output" grep -q '^  run ' "$dir/out"
done
spill --version
check "'logspill --version' names program and version" grep -qE '^logspill [0-9]+\.[0-9]+' "$dir/out"
for command in run watch audit; do
	spill $command --help
	check "'logspill $command --help' exits with 0" status_is 0
	check "'logspill $command --help' tells the exit statuses" printed 'exit status'
done
finish
