#!/bin/bash
# SPDX-License-Identifier: MIT
# What a reviewer should not have to look for: layout, layers, headers that stand alone, long functions, scripts,
# words, and that README and the program's help name the same commands.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

B=${B:-build}
output=$(mktemp)
failed=0
trap 'rm -f "$output"' EXIT

# check WHAT FUNCTION: the function prints what is wrong, or nothing. Status 77: it could not look, and says why.
check() {
	local status=0
	"$2" >"$output" 2>&1 || status=$?
	if [ $status = 77 ]; then
		echo "skip - $1: $(cat "$output")"
	elif [ $status = 0 ] && [ ! -s "$output" ]; then
		echo "ok - $1"
	else
		sed 's/^/  /' "$output"
		echo "not ok - $1"
		failed=1
	fi
}

sources() {
	find bpf user tests -name '*.[ch]' | sort
}

layout() {
	command -v clang-format >/dev/null || { echo "no clang-format here"; return 77; }
	sources | xargs clang-format --dry-run -Werror 2>&1 | sed -n 's/^\([^: ]*\):[0-9].* error: .*/clang-format -i \1/p' | sort -u
}

licences() {
	sources | xargs -r awk 'FNR == 1 && !/SPDX-License-Identifier: / { print FILENAME ": no SPDX line first" }'
}

# "file folder included-folder" for each quoted include below user/; main.c counts as a folder of its own.
includes() {
	grep -Hrno '^#include "[^"]*"' user --include='*.[ch]' | awk -F'[:"]' '{
		n = split($1, from, "/"); m = split($4, to, "/")
		print $1 ":" $2, n == 2 ? "main" : from[2], m == 1 ? "." : to[1], $4
	}'
}

layers='base=0 check=1 process=1 origin=2 rule=2 capture=3 record=4 detect=5 find=6 emit=7 report=7 export=7 view=8 app=9
	scan=10 gate=10 agent=11 cmd=12 main=13'

# The folders are a contract: what a file includes is its own folder or one of a lower rank.
arrows() {
	includes | awk -v layers="$layers" '
		BEGIN { n = split(layers, l, " "); for (i = 1; i <= n; i++) { split(l[i], p, "="); rank[p[1]] = p[2] } }
		$4 ~ /\.skel\.h$/ && $2 == "capture" { next }
		$3 == "." { print $1 ": \"" $4 "\" is not \"layer/file.h\""; next }
		$3 == "bpf" && $2 ~ /^(capture|origin|process)$/ { next }
		!($2 in rank) { print $1 ": the folder " $2 " is not in the order of layers"; next }
		!($3 in rank) || ($2 != $3 && rank[$3] >= rank[$2]) { print $1 ": " $2 " must not include \"" $4 "\"" }'
}

draw_arrows() {
	includes | awk '$2 != $3 { seen[$2, $3] = 1 }
		END { for (k in seen) { split(k, p, SUBSEP); print p[1], p[2] } }' | sort -k1,1 -k2,2 | awk -v layers="$layers" '
		{ to[$1] = to[$1] " " $2 }
		END { n = split(layers, l, " ")
			for (i = 1; i <= n; i++) { sub("=.*", "", l[i]); if (l[i] in to) printf "  %-8s ->%s\n", l[i], to[l[i]] } }'
}

# only HEADER-PATTERN PLACE-PATTERN: one library, one place.
only() {
	grep -Hrn "^#include <$1>" bpf user --include='*.[ch]' | grep -v "^$2"
}

libraries() {
	only 'bpf/libbpf.h' 'user/capture/'
	only 'bpf/bpf.h' 'user/capture/'
	only 'hs[^>]*\.h' 'user/detect/'
	only 'sqlite3.h' 'user/emit/store_db.h'
	# Those of jansson do not notice when memory runs out.
	grep -Hrnw 'json_load[a-z]*\|json_dump[a-z]*' user --include='*.[ch]' | grep -v '^user/base/json'
	grep -HrnE "^#include \"(user|$(sed 's/=[0-9]*//g' <<<"$layers" | xargs | tr ' ' '|'))/" bpf
	true
}

headers() {
	local header arch=x86
	[ "$(uname -m)" != aarch64 ] || arch=arm64
	[ -e "$B/bpf/logspill.skel.h" ] || { echo "the skeleton is not built: make all"; return 77; }
	for header in $(find user -name '*.h' | sort); do
		gcc -std=gnu11 -D_GNU_SOURCE -Iuser -I. -I"$B" -Wall -Wextra -Wno-unknown-pragmas -Werror -fsyntax-only \
			-include "${header#user/}" -x c /dev/null
	done
	for header in $(find bpf -name '*.h' | sort); do
		clang -target bpf -D__TARGET_ARCH_$arch -Ivmlinux -I. -Wall -Werror -Wno-unknown-pragmas -Wno-unused-function \
			-Wno-missing-declarations -fsyntax-only -include vmlinux.h -include "$header" -x c /dev/null
	done
}

architectures() {
	local arch
	for arch in x86 arm64; do
		clang -target bpf -D__TARGET_ARCH_$arch -Ivmlinux -I. -Wall -Werror -Wno-unused-parameter -Wno-unknown-pragmas \
			-Wno-missing-declarations -fsyntax-only bpf/logspill.bpf.c
	done
}

# clang-format has made sure that a function begins with its name in column 1 and ends with a brace there.
functions() {
	sources | xargs -r awk '
		FNR == 1 { start = 0 }
		/^[a-zA-Z].*\) \{$/ || (/^ .*\) \{$/ && !start) { start = FNR }
		/^}/ && start {
			if (FNR - start + 1 > 90) print FILENAME ":" start ": a function of " FNR - start + 1 " lines: 90 at most"
			start = 0
		}'
}

scripts() {
	local list script
	mapfile -t list < <({ find tests deploy -name '*.sh' 2>/dev/null; echo .ci/run; } | sort)
	for script in "${list[@]}"; do
		bash -n "$script"
		[ -x "$script" ] || [[ $script == */lib.sh ]] || echo "$script: not executable"
	done
	if command -v shellcheck >/dev/null; then shellcheck -S warning -P SCRIPTDIR -x "${list[@]}"; fi
}

# Unfinished work, and paths of somebody's own machine. In rules such words are values.
words() {
	local unfinished='\b(TO''DO|FIX''ME|XX''X|HA''CK|place''holder|st''ub(bed)?)\b'
	local machine='(^|[^[:alnum:]._~-])/(home|root|work|workspace)/|\.\./shared'
	{
		grep -EHrnI "$unfinished" Makefile README.md .ci bpf user tests deploy vmlinux 2>/dev/null
		grep -EHrnI "$machine" Makefile README.md .ci bpf user tests rules deploy vmlinux 2>/dev/null
	} | grep -v '^tests/data/'
	true
}

# Where packages come from is the machine's business: no registry and no mirror is named.
registries() {
	local hosts='deb\.deb''ian\.org|(ftp|security|snapshot|archive)\.[a-z.]*(deb''ian|ubuntu)\.|registry\.[a-z]|[/.]pypi\.org|pythonhosted\.|crates\.io'
	hosts+='|proxy\.golang|[/.]rubygems\.org/(gems|downloads)|repo[0-9.]*\.maven|docker\.io|ghcr\.io|quay\.io|gcr\.io'
	grep -EHrnIi "$hosts" Makefile README.md .ci bpf user tests rules deploy vmlinux 2>/dev/null | grep -v '^tests/lint.sh:'
	true
}

# Whoever moves a tag would run what they like with a token of ours.
actions() {
	grep -Hrn 'uses: ' deploy/ci --include='*.yml' | grep -vE '@[0-9a-f]{40}( |$)'
	true
}

# Rows of tables cannot be broken, commands are pasted.
prose() {
	sed '/^```/,/^```/d' README.md rules/README.md | grep -E '^[^|].{120}' | sed 's/^/more than 120 columns: /'
	true
}

# The first word behind `logspill` in README's table of commands, and in the program's own list.
commands() {
	[ -x "$B/logspill" ] || { echo "the program is not built: make all"; return 77; }
	diff <(sed -n 's/^| `logspill \([a-z]*\)[ `].*/\1/p' README.md | sort -u) \
		<("$B/logspill" help 2>&1 | sed -n 's/^  \(logspill \)\{0,1\}\([a-z]\{1,\}\)  *[^ ].*/\2/p' | grep -vx help | sort -u) |
		sed -n 's/^< /only in README.md: /p; s/^> /only in logspill help: /p'
}

# Each row of README's table of ways into a log names a test.
ways() {
	local test rows=0
	while read -r test; do
		rows=$((rows + 1))
		[ -e "tests/kernel/$test.c" ] || [ -e "$test.sh" ] || echo "README.md: there is no test '$test'"
	done < <(sed -n '/^| way into a log/,/^$/p' README.md | sed -n '3,$s/.*| \([^|]*\) |$/\1/p')
	[ "$rows" -gt 0 ] || echo "README.md: where is the table of ways into a log?"
}

# Each threat that README lists names its tests.
threats() {
	local test rows=0
	while read -r test; do
		rows=$((rows + 1))
		compgen -G "tests/$test.*" >/dev/null || echo "README.md: there is no test '$test'"
	done < <(sed -n '/^| who | could try to/,/^$/p' README.md | sed -n '3,$s/.*| \([^|]*\) |$/\1/p' | sed 's/, /\n/g')
	[ "$rows" -gt 0 ] || echo "README.md: where is the table of threats?"
}

check "clang-format agrees with every source" layout
check "every source begins with its licence" licences
check "no include runs against the order of layers" arrows
check "each library is included in one place" libraries
check "every header compiles alone" headers
check "the kernel side compiles for each architecture" architectures
check "no function is longer than 90 lines" functions
check "every script is valid" scripts
check "no unfinished work, no paths of one machine" words
check "no registry or mirror of packages is named" registries
check "actions of CI are pinned by commit" actions
check "prose is within 120 columns" prose
check "README.md and logspill help name the same commands" commands
check "each way into a log that README.md lists has its test" ways
check "each threat that README.md lists has its tests" threats
echo "The arrows between folders:"
draw_arrows
exit $failed
