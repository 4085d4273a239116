#!/bin/bash
# SPDX-License-Identifier: MIT
# make install and uninstall: what is put where, that it works from there, that nothing stays behind.
. "$(dirname "$0")/lib.sh"

staged() {
	make --no-print-directory B="${B:-build}" DESTDIR="$dir/root" PREFIX=/opt/spill "$1" >"$dir/out" 2>"$dir/err"
}
check "make install" staged install
installed=$dir/root/opt/spill/bin/logspill
check "the program is there, for everybody" [ "$(stat -c %a "$installed")" = 755 ]
check "so are the rules" diff -r rules "$dir/root/opt/spill/share/logspill/rules"
pages() { (cd "$dir/root/opt/spill/share/man/man1" && echo *); }
check "a manual page for each command is" [ "$(pages | wc -w)" = $(($("$logspill" help | grep -c '^  [a-z]') + 1)) ]
check "and the completion" [ -s "$dir/root/opt/spill/share/bash-completion/completions/logspill" ]
check "nothing else is" [ "$(find "$dir/root" -type f ! -path '*/share/logspill/rules/*' ! -path '*/man1/logspill*.1' \
	! -path '*/completions/logspill' | wc -l)" = 1 ]
if can_run; then
	logspill=$installed
	spill run -- sh -c 'echo "mail tilda.orrin@brindlewick-post.com"'
	check "it finds its rules from there: a leak is 99" status_is 99
else
	echo "skip - it finds its rules from there: $(why_no_run)"
fi
check "make uninstall" staged uninstall
check "no file stays behind" [ -z "$(find "$dir/root" -type f)" ]
finish
