#!/bin/bash
# SPDX-License-Identifier: MIT
# Ways into a log that are no plain write, as a user meets them.
. "$(dirname "$0")/lib.sh"
need_run
need_program python3

cat >"$dir/mapped.py" <<'END'
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(fd, 8192)
memory = mmap.mmap(fd, 8192)
line = b"signup of anna.virtanen@kuusikoti.fi\n"
memory[0:len(line)] = line
END

spill run -- python3 "$dir/mapped.py" "$dir/mapped.log"
check "a log written through memory leaves the verdict open" status_is 125
check "... and is named" said "mapping: $dir/mapped.log: "
check "... with what to do" said "--follow-mapped"

rm -f "$dir/mapped.log"
spill run --follow-mapped -f jsonl -o "$dir/mapped.jsonl" -- python3 "$dir/mapped.py" "$dir/mapped.log"
check "followed, its leak is found" status_is 99
check "... counted once" counted 1 EMAIL "$dir/mapped.jsonl"
check "... and it is no blind spot" summary '.blind_spots == []' "$dir/mapped.jsonl"
check "... and the books balance" balanced "$dir/mapped.jsonl"

cat >"$dir/udp.py" <<'END'
import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(b"<13>signup of anna.virtanen@kuusikoti.fi", receiver.getsockname())
END

spill run -- python3 "$dir/udp.py"
check "a datagram over the network is nobody's log unasked" status_is 0
spill run --sink 'udp:127.0.0.1:*' -- python3 "$dir/udp.py"
check "... and is one where --sink names the address" status_is 99
check "... which the finding shows" said "udp:127.0.0.1:"

program=$dir/program32
if [ "$(uname -m)" = x86_64 ] && gcc -m32 -nostdlib -static -fno-pie -no-pie -fno-stack-protector -O1 -o "$program" \
	tests/kernel/program32.c 2>/dev/null && "$program" "$dir/probe.log" 2>/dev/null; then
	spill run -f jsonl -o "$dir/32.jsonl" -- "$program" "$dir/32.log" anna.virtanen@kuusikoti.fi
	check "a 32-bit program that run starts is seen from its start" summary '.blind_spots == []' "$dir/32.jsonl"
	check "... and its leak found" status_is 99
	spill run -- sh -c '"$@"; :' sh "$program" "$dir/32.log" anna.virtanen@kuusikoti.fi
	check "one that another program starts is named" said "32-bit: $program: "
else
	echo "skip - 32-bit programs: this machine makes or runs none"
fi
finish
