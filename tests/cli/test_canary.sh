#!/bin/bash
# SPDX-License-Identifier: MIT
# A value that is planted by hand, at a sink of any kind, is reported within two seconds, by the name of that sink.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_run
need_program jq
need_program python3
unshare -m true 2>/dev/null || skip_all "there are no mount namespaces to be made"

ports=("$(free_port)" "$(free_port)") # of UDP, of TCP
mkfifo "$dir/told"
"$logspill" run -f jsonl -o "$dir/found" --sink '/dev/pts/*' --sink "$dir/socket" --sink "udp:127.0.0.1:${ports[0]}" \
	--sink "tcp:127.0.0.1:${ports[1]}" -- unshare -m python3 tests/cli/planter.py "$dir" "${ports[@]}" \
	<"$dir/told" 2>"$dir/err" | cat >"$dir/out" &
pid=$!
exec 3>"$dir/told"
end_run() { exec 3>&- && wait "$pid"; }
on_exit+=(end_run)

# found SINK VALUE-OF: the latest line is of it.
found() { [ "$(tail -n 1 "$dir/found" | jq -r '.logspill.sink | "\(.kind) \(.path)"')" = "$1" ]; }
# reported SINK NAME: within two seconds of being planted.
reported() {
	local planted took_ms
	planted=$(date +%s%N)
	echo "$1 $(made_up_card 457199)" >&3
	wait_for 20 found "$2" || return
	took_ms=$((($(date +%s%N -r "$dir/found") - planted) / 1000000)) # by the file's last change
	echo "  $1: $took_ms ms"
	[ "$took_ms" -lt 2000 ]
}

check "it logs" wait_for 20 [ -s "$dir/ready" ]
check "file" reported file "file $dir/app.log"
check "standard output, a pipe" reported stdout "pipe stdout"
check "standard error, a file" reported stderr "file $dir/err"
check "terminal" reported tty "tty tty"
check "socket that is named" reported socket "socket $dir/socket"
check "syslog" reported syslog "syslog /run/systemd/journal/dev-log"
check "journal" reported journal "journal /run/systemd/journal/socket"
check "syslog over UDP" reported udp "socket udp:127.0.0.1:${ports[0]}"
check "syslog over TCP" reported tcp "socket tcp:127.0.0.1:${ports[1]}"
if grep -q kmsg "$dir/ready"; then
	check "the kernel's log" reported kmsg "kmsg /dev/kmsg"
else
	echo "skip - the kernel's log: there is no /dev/kmsg to write to"
fi
finish
