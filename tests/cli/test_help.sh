#!/bin/bash
# SPDX-License-Identifier: MIT
# Help, manual pages, completion and README say the same.
. "$(dirname "$0")/lib.sh"

commands=$("$logspill" help | sed -n 's/^  \([a-z]\{1,\}\)  *.*/\1/p')
check "help lists the commands" [ "$(wc -w <<<"$commands")" -gt 8 ]
deploy/man.sh "$logspill" "$dir/man"
check "there is a page that names them all" [ "$(grep -c '^.BR logspill' "$dir/man/logspill.1")" = "$(wc -w <<<"$commands")" ]

# The long options of a command, as --help has them.
options() { "$logspill" "$1" --help | grep -oE -- '^ +(-.,)? +--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u; }

# complete WORD...: what bash would offer for the last of these words.
complete_words() {
	PATH=$(dirname "$logspill"):$PATH bash -c '. deploy/completion/logspill.bash
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _logspill; printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

for command in $commands; do
	spill $command --help
	check "'$command --help' begins with examples" eval 'head -n 1 "$dir/out" | grep -q "logspill $command"'
	cp "$dir/out" "$dir/help"
	spill help $command
	check "'help $command' is the same" cmp -s "$dir/out" "$dir/help"
	spill $command --no-such-option
	check "'$command --no-such-option' points to help, without examples" eval '[ ! -s "$dir/out" ] && said "--help"'
	tr -d '\\' <"$dir/man/logspill-$command.1" >"$dir/page"
	missing=
	for option in $(options $command); do grep -qF -e "$option" "$dir/page" || missing+=" $option"; done
	check "the page of $command has all its options:$missing" [ -z "$missing" ]
	check "the page of $command has its examples" grep -q '^.SH EXAMPLES' "$dir/page"
	check "README.md names $command" grep -q "logspill $command" README.md
	missing=
	complete_words logspill $command -- >"$dir/offered"
	for option in $(options $command); do grep -qxF -e "$option" "$dir/offered" || missing+=" $option"; done
	check "completion knows the options of $command:$missing" [ -z "$missing" ]
done
check "completion knows the commands" [ "$(complete_words logspill '' | grep -vx help | sort)" = "$(sort <<<"$commands")" ]
check "completion leaves the program's arguments alone" [ -z "$(complete_words logspill run -- --)" ]
if command -v man >/dev/null; then
	check "man finds no mistake in the pages" eval \
		'[ -z "$(for page in "$dir"/man/*; do LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null; done)" ]'
else
	echo "skip - man finds no mistake in the pages: there is no man"
fi
spill run -- sh -c 'echo "$1"' sh --help
check "--help behind -- is the program's" eval 'not grep -q Usage "$dir/out"'
finish
