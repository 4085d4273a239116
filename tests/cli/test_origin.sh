#!/bin/bash
# SPDX-License-Identifier: MIT
# Which code leaked: functions of C (with and without frame pointers, stripped), C++, Go, Node.js, Java and Python.
. "$(dirname "$0")/lib.sh"
need_watch
need_program jq

# Each program leaks until there is a file named "stop" beside its log, or for half a minute.
cat >"$dir/leak.c" <<'C'
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static volatile int n;
__attribute__((noinline)) static void log_line(int fd, const char *s) { n += (int)write(fd, s, strlen(s)); n++; }
static inline __attribute__((always_inline)) void log_signup(int fd, int i) {
	char line[128];
	snprintf(line, sizeof(line), "signup failed for tilda.orrin%d@brindlewick-post.com after %d ms\n", i, i);
	log_line(fd, line);
	n++;
}
__attribute__((noinline)) static void handle_request(int fd, int i) { log_signup(fd, i); n++; }
int main(int argc, char **argv) {
	int fd = open(argv[argc - 2], O_WRONLY | O_APPEND | O_CREAT, 0600);
	for (int i = 0; i < 6000 && access(argv[argc - 1], F_OK); i++) { handle_request(fd, i); usleep(5000); for (int k = 0; k < OTHERS; k++) log_line(fd, "order placed\n"); }
}
C
cat >"$dir/compress.c" <<'C'
#include <unistd.h>
#include <zlib.h>
static volatile int n;
__attribute__((noinline)) static void log_signup(gzFile log, int i) {
	gzprintf(log, "signup failed for tilda.orrin%d@brindlewick-post.com after %d ms\n", i, i); n += gzflush(log, Z_FULL_FLUSH); n++;
}
int main(int argc, char **argv) {
	gzFile log = gzopen(argv[argc - 2], "aT");
	for (int i = 0; i < 6000 && access(argv[argc - 1], F_OK); i++) { log_signup(log, i); usleep(5000); }
}
C
cat >"$dir/leak.cc" <<'CC'
#include <fstream>
#include <string>
#include <unistd.h>
namespace shop {
struct Signup {
	std::ofstream log;
	__attribute__((always_inline)) void tell(int i) { log << "signup failed for tilda.orrin" + std::to_string(i) + "@brindlewick-post.com" << std::endl; }
	__attribute__((noinline)) void fail(int i) { tell(i); }
};
}
int main(int argc, char **argv) {
	shop::Signup signup{std::ofstream(argv[argc - 2], std::ios::app)};
	for (int i = 0; i < 6000 && access(argv[argc - 1], F_OK); i++) { signup.fail(i); usleep(5000); }
}
CC
cat >"$dir/namespace.cc" <<'CC'
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
namespace shop {
static volatile int n;
static inline __attribute__((always_inline)) void log_signup(int fd, int i) {
	char line[128];
	int len = snprintf(line, sizeof(line), "signup failed for tilda.orrin%d@brindlewick-post.com after %d ms\n", i, i);
	n += (int)write(fd, line, (size_t)len); n++;
}
__attribute__((noinline)) void handle_request(int fd, int i) { log_signup(fd, i); n++; }
}
int main(int argc, char **argv) {
	int fd = open(argv[argc - 2], O_WRONLY | O_APPEND | O_CREAT, 0600);
	for (int i = 0; i < 6000 && access(argv[argc - 1], F_OK); i++) { shop::handle_request(fd, i); usleep(5000); }
}
CC
cat >"$dir/leak.js" <<'JS'
const fs = require("fs");
const [log, stop] = process.argv.slice(2);
const fd = fs.openSync(log, "a");
function logSignup(i) { fs.writeSync(fd, `signup failed for tilda.orrin${i}@brindlewick-post.com\n`); }
let i = 0;
(function tick() { logSignup(i++); if (i < 6000 && !fs.existsSync(stop)) setTimeout(tick, 5); })();
JS
cat >"$dir/leak.py" <<'PY'
import os, sys, time, threading
def leak():
    with open(sys.argv[1], "a") as log:
        for i in range(6000):
            if os.path.exists(sys.argv[2]): return
            log.write("signup failed for tilda.orrin%d@brindlewick-post.com\n" % i)
            log.flush()
            time.sleep(.005)
leak()
PY

cat >"$dir/leak.go" <<'GO'
package main

import (
	"fmt"
	"os"
	"time"
)

//go:noinline
func logSignup(log *os.File, i int) {
	fmt.Fprintf(log, "signup failed for tilda.orrin%d@brindlewick-post.com\n", i)
}

func main() {
	log, _ := os.OpenFile(os.Args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0600)
	for i := 0; i < 6000; i++ {
		if _, err := os.Stat(os.Args[2]); err == nil {
			return
		}
		logSignup(log, i)
		time.Sleep(5 * time.Millisecond)
	}
}
GO

# leak NAME COMMAND...: watches it, with $options, until an origin has been named.
options=()
leak() {
	local name=$1
	shift
	rm -f "$dir/stop"
	: >"$dir/$name.jsonl"
	"$logspill" run "${options[@]}" -f jsonl -o "$dir/$name.jsonl" -- "$@" "$dir/$name.log" "$dir/stop" >"$dir/out" 2>"$dir/err" </dev/null &
	wait_for 30 holds 'any(.[]; .logspill.origin // [] | length > 0)' "$dir/$name.jsonl" 2>/dev/null
	touch "$dir/stop"
	status=0
	wait $! || status=$?
	jq -s '[.[] | select(.schema == "logspill.finding/v1")] | last | .logspill' "$dir/$name.jsonl" >"$dir/$name.json"
}

origin() { jq -e "$2" "$dir/$1.json" >/dev/null; }
frames() { jq -e --arg want "$2" '.origin | map(sub("\\+0x[0-9a-f]+"; "")) | join(" < ") | contains($want)' "$dir/$1.json" >/dev/null; }

if command -v gcc >/dev/null; then
	gcc -O2 -g -DOTHERS=0 -o "$dir/plain" "$dir/leak.c" &&
		gcc -O2 -g -DOTHERS=0 -fno-omit-frame-pointer -o "$dir/pointers" "$dir/leak.c"
	for name in plain pointers; do
		leak $name "$dir/$name"
		check "C, $name: 99" status_is 99
		check "C, $name: functions, lines, what was inlined" \
			frames $name 'log_line leak.c:6 < log_signup (inlined) leak.c:10 < handle_request leak.c:13 < main leak.c:16'
		check "C, $name: in words" grep -q 'from log_line leak.c:6 < log_signup (inlined) leak.c:10 < handle_request' "$dir/err"
	done
	gcc -O2 -g -DOTHERS=25 -o "$dir/seldom" "$dir/leak.c"
	leak seldom "$dir/seldom"
	check "C, one line of 26, always the same: its stack comes too" frames seldom 'handle_request leak.c:13 < main leak.c:16'
	sed -e '6i #line 6 "/rustc/0123abc/library/std/src/io/mod.rs"' -e '7i #line 7 "leak.c"' "$dir/leak.c" >"$dir/library.c"
	gcc -O2 -g -DOTHERS=0 -o "$dir/library" "$dir/library.c"
	leak library "$dir/library"
	check "what is compiled of Rust's library is not shown first" grep -q 'from log_signup (inlined) leak.c:10' "$dir/err"
	if gcc -O2 -g -o "$dir/compress" "$dir/compress.c" -lz; then
		leak compress "$dir/compress"
		check "C: a library of the system that it writes by is not shown first" grep -q 'from log_signup compress.c:5' "$dir/err"
	fi
	if gcc -O2 -g -DOTHERS=0 -static-pie -o "$dir/static" "$dir/leak.c" 2>/dev/null; then
		leak static "$dir/static"
		check "C, static: what is of the C library in it is not shown first" grep -q 'from log_line leak.c:6 < log_signup' "$dir/err"
	fi
	strip -o "$dir/stripped" "$dir/plain"
	leak stripped "$dir/stripped"
	check "C, stripped: offset and build id" frames stripped " < stripped [$(readelf -n "$dir/plain" | sed -n 's/.*Build ID: //p')] < "
	cp "$dir/plain" "$dir/deleted"
	# shellcheck disable=SC2016 # for the inner shell
	leak deleted sh -c '"$0" "$@" & while ! [ -s "$1" ]; do sleep 0.01; done; rm "$0"; wait' "$dir/deleted"
	check "C, deleted: named all the same" frames deleted 'handle_request leak.c:13 < main leak.c:16'
else
	echo "skip - C: gcc is not installed"
fi
if command -v g++ >/dev/null; then
	g++ -O2 -g -o "$dir/cplusplus" "$dir/leak.cc"
	leak cplusplus "$dir/cplusplus"
	check "C++: its names, and what was inlined" frames cplusplus 'tell (inlined) leak.cc:7 < shop::Signup::fail(int) leak.cc:8 < main'
	check "C++: templates of the library are not what is shown first" grep -q 'from tell (inlined) leak.cc:7 < shop::Signup::fail(int)' "$dir/err"
else
	echo "skip - C++: g++ is not installed"
fi
if command -v clang++ >/dev/null && clang++ -O2 -g -o "$dir/namespace" "$dir/namespace.cc"; then
	leak namespace "$dir/namespace"
	check "C++ by clang, as Rust: what was inlined in a function that stands in a namespace" frames namespace \
		'log_signup (inlined) namespace.cc:9 < shop::handle_request(int, int) namespace.cc:11 < main'
else
	echo "skip - C++ by clang: there is no clang++ that makes programs"
fi
if command -v go >/dev/null; then
	GOCACHE=$dir/gocache GO111MODULE=off CGO_ENABLED=0 go build -o "$dir/go" "$dir/leak.go"
	leak go "$dir/go"
	check "Go: functions and lines" frames go 'main.logSignup leak.go:11 < main.main leak.go:20'
	check "Go: what is shown first is the program's own" grep -q 'from main.logSignup leak.go:11' "$dir/err"
else
	echo "skip - Go is not installed"
fi
if command -v node >/dev/null; then
	leak node node --logfile="$dir/v8.log" --perf-basic-prof --interpreted-frames-native-stack "$dir/leak.js"
	check "Node.js: functions by the perf map" grep -qE 'from .*logSignup .*leak.js:4' "$dir/err"
	check "Node.js: runtime" origin node '.origins[0].runtime == "node"'
	rm -f /tmp/perf-"$(jq -s 'last(.[] | select(.process)) | .process.pid' "$dir/node.jsonl")".map
else
	echo "skip - Node.js is not installed"
fi
if command -v java >/dev/null; then
	cat >"$dir/Leak.java" <<-'JAVA'
		import java.io.*;
		public class Leak {
			static void logSignup(OutputStream o, int i) throws Exception {
				o.write(("signup failed for tilda.orrin" + i + "@brindlewick-post.com\n").getBytes());
			}
			static void handle(OutputStream o, int i) throws Exception { logSignup(o, i); }
			public static void main(String[] args) throws Exception {
				OutputStream o = new FileOutputStream(args[0], true);
				for (int i = 0; i < 60000; i++) { handle(o, i); if (i % 100 == 0) Thread.sleep(5); }
			}
		}
	JAVA
	spill run -f jsonl -o "$dir/java.jsonl" -- java -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions \
		-XX:+DumpPerfMapAtExit "$dir/Leak.java" "$dir/java.log"
	check "Java: functions by the perf map written at its end" grep -qE 'from [^<]*Leak\.(logSignup|handle)' "$dir/err"
	rm -f /tmp/perf-"$(jq -s 'last(.[] | select(.process)) | .process.pid' "$dir/java.jsonl")".map
else
	echo "skip - Java is not installed"
fi
if [ -x /usr/bin/python3 ]; then
	leak python /usr/bin/python3 "$dir/leak.py"
	check "Python: runtime and thread" origin python '.origins[0] | .runtime == "python" and .thread == "python3"'
	check "Python: a native stack" origin python '.origin | length > 3'
else
	echo "skip - Python is not installed"
fi

spill run --origin never -f jsonl -o "$dir/never.jsonl" -- sh -c 'for i in 1 2 3; do echo tilda.orrin@brindlewick-post.com; done'
check "--origin never: none" holds 'all(.[]; .logspill.origin // [] | length == 0)' "$dir/never.jsonl"
options=(--origin always)
# shellcheck disable=SC2016 # for the inner shell
leak always sh -c 'echo tilda.orrin@brindlewick-post.com; for i in $(seq 1500); do [ -e "$1" ] && break; sleep 0.02; done'
check "--origin always: of the very first write" origin always '.origin | length > 1'
check "what naming takes is in the cost" summary '.cost.stacks | .named > 0 and .cpu_s > 0' "$dir/always.jsonl"
check "and in the agent's" summary '.cost | .agent.cpu_s > .stacks.cpu_s' "$dir/always.jsonl"
# shellcheck disable=SC2016 # for the inner shell
spill run --origin always --max-cpu 1 -f jsonl -o "$dir/limit.jsonl" -- sh -c 'for i in $(seq 600); do
	echo "mail to tilda.orrin$i@brindlewick-post.com" >>"$0.$((i % 200)).log"; sleep 0.005; done' "$dir/limit"
check "--max-cpu: naming keeps to its share" summary \
	'.cost.stacks.named > 0 and .cost.stacks.cpu_s < 0.1 + .duration_s / 400' "$dir/limit.jsonl"
spill run --origin sometimes -- true
check "--origin: one of three words" said "--origin takes always, leaking or never"
finish
