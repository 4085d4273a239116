# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion for bash. It asks the program, so that it knows what this version knows.
_logspill() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} i
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "help $(logspill help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\)  *.*/\1/p')" -- "$word")
		return
	fi
	# Behind -- stands a program with its own arguments.
	for ((i = 2; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != -- ] || return 0
	done
	if [ "$command" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(logspill help 2>/dev/null | sed -n 's/^  \([a-z]\{1,\}\)  *.*/\1/p')" -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(logspill "$command" --help 2>/dev/null | grep -oE -- '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,')" -- "$word")
	fi
}
complete -o default -F _logspill logspill
