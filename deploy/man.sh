#!/bin/bash
# SPDX-License-Identifier: MIT
# Manual pages from what the program itself says with --help: they cannot say anything else.
#
#   deploy/man.sh PROGRAM FOLDER
set -euo pipefail

program=$1
folder=$2
version=$("$program" --version)
mkdir -p "$folder"

# A page: help text on standard input -> roff. The help is: examples, usage, what it does, options, exit status.
page() { # NAME SUMMARY
	printf '.TH %s 1 "" "%s" "logspill"\n.SH NAME\n%s \\- %s\n' "${1^^}" "$version" "$1" "$2"
	awk '
		function out(s) { gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); if (s ~ /^[.\047]/) s = "\\&" s; print s }
		function section(name) { if (name != now) print ".SH " name; now = name }
		BEGIN { part = "examples" }
		/^Usage: / { part = "usage"; section("SYNOPSIS"); sub(/^Usage: /, "") }
		part == "usage" && (/^$/ || /^[^ ]/ && !/^logspill /) { part = "text" }
		part == "usage" { out($0); next }
		part == "examples" && /^  / { examples = examples $0 "\n"; next }
		part == "examples" { next }
		/^ +(-[a-zA-Z?], )?--?[a-z]/ {
			part = "options"; section("OPTIONS")
			line = $0; sub(/^ +/, "", line)
			at = match(line, /  +/)
			head = at ? substr(line, 1, at - 1) : line; tail = at ? substr(line, at + RLENGTH) : ""
			print ".TP"; printf ".B "; out(head)
			if (tail != "") out(tail)
			next
		}
		/^ [A-Z][a-z]+:$/ { section("OPTIONS"); sub(/^ /, ""); sub(/:$/, ""); print ".SS " $0; next }
		part == "options" && /^      / { sub(/^ +/, ""); out($0); next }
		/^Mandatory or optional arguments/ { part = "skip" }
		/^Exit status/ { part = "status"; section("EXIT STATUS") }
		part == "skip" { if ($0 == "") part = "text"; next }
		/^$/ { if (part == "text" || part == "status") print ".PP"; next }
		part == "text" { section("DESCRIPTION"); sub(/^ +/, ""); out($0); next }
		part == "status" { out($0); next }
		END {
			if (examples == "") exit
			print ".SH EXAMPLES\n.nf"; n = split(examples, lines, "\n")
			for (i = 1; i < n; i++) { sub(/^  /, "", lines[i]); out(lines[i]) }
			print ".fi"
		}'
	printf '.SH SEE ALSO\n.BR logspill (1)\n'
}

commands() { "$program" help | sed -n 's/^  \([a-z]\{1,\}\)  *\(.*\)/\1 \2/p'; }

{
	printf '.TH LOGSPILL 1 "" "%s" "logspill"\n.SH NAME\nlogspill \\- sees personal data leaving running processes' "$version"
	printf ' through their logs\n.SH SYNOPSIS\nlogspill COMMAND [OPTION...]\n.SH COMMANDS\n'
	commands | while read -r name summary; do
		printf '.TP\n.BR logspill\\-%s (1)\n%s\n' "$name" "${summary//-/\\-}"
	done
} >"$folder/logspill.1"
commands | while read -r name summary; do
	"$program" "$name" --help | page "logspill-$name" "$(sed 's/:.*//; s/-/\\-/g' <<<"$summary")" >"$folder/logspill-$name.1"
done
