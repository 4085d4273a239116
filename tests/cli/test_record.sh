#!/bin/bash
# SPDX-License-Identifier: MIT
# A watch that was recorded gives the same findings and the same books when it is replayed.
. "$(dirname "$0")/lib.sh"
need_run
need_program jq

recording=$dir/watch.rec
cat >"$dir/program" <<PROGRAM
#!/bin/sh
exec >>"$dir/app.log"
for i in 1 2 3 4 5; do
	echo "signup failed for tilda.orrin@brindlewick-post.com after \$i ms"
	sh -c "echo mail to bram.osk\$i@brindlewick-post.com bounced | cat >&2"
done
head -c 300000 /dev/zero | tr '\\0' x
echo " and then order of tilda.orrin@brindlewick-post.com"
PROGRAM
chmod +x "$dir/program"

findings() {
	jq -c 'select(.schema == "logspill.finding/v1") | [.logspill.finding_id, .logspill.count, .logspill.distinct,
		.logspill.masked, .logspill.sink, .process.name, .process.command_line]' "$1" | sort -u
}
books() { jq -c 'select(.schema == "logspill.summary/v1") | [.verdict, .seen, .scanned, .lost, .matches]' "$1"; }
same() { diff <("$1" "$dir/live.jsonl") <("$1" "$dir/replayed.jsonl"); }

spill record -o "$recording" -- "$dir/program"
check "without consent: 2" status_is 2
check "which says what the file would hold" said "raw personal data"
check "and makes none" not [ -e "$recording" ]
spill record --i-know-this-stores-raw-data -- "$dir/program"
check "without a file: 2" status_is 2

# Its data goes where the option of the watch that it becomes says: there is one -o, and it is the recording's.
spill record -o "$recording" --i-know-this-stores-raw-data -f jsonl -- "$dir/program"
check "with consent it is a run: 99" status_is 99
grep '^{' "$dir/err" >"$dir/live.jsonl"
check "the file is its owner's alone" [ "$(stat -c %a "$recording")" = 600 ]
spill record -o "$recording" --i-know-this-stores-raw-data -- "$dir/program"
check "a file that is there is not written to: 125" status_is 125
check "which is said" said "File exists"

spill replay -f jsonl "$recording"
cp "$dir/out" "$dir/replayed.jsonl"
check "the replay finds it again: 1" status_is 1
check "the same findings" same findings
check "the same books" same books
check "which balance" balanced "$dir/replayed.jsonl"

# Both in one batch, as a replay has all.
spill record -o "$dir/exec.rec" --i-know-this-stores-raw-data -- sh -c \
	'exec >>'"$dir/exec.log"'; echo mail to tilda.orrin@brindlewick-post.com
	exec env echo mail to bram.osk@brindlewick-post.com'
spill replay -f jsonl "$dir/exec.rec"
by() { jq -r 'select(.process) | .logspill.masked[0:1] + " " + .process.name' "$dir/out" | sort -u | paste -sd,; }
check "what was written before exec is of the program before" [ "$(by)" = "b echo,t sh" ]

head -c 100000 "$recording" >"$dir/cut.rec"
spill replay -f jsonl "$dir/cut.rec"
check "one that broke off is replayed as far as it goes" balanced "$dir/out"
echo nonsense >"$dir/other.rec"
spill replay "$dir/other.rec"
check "what is no recording: 2" status_is 2
check "which is said" said "is no recording"

if setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
	cp "$recording" "$dir/anybody.rec"
	chmod 644 "$dir/anybody.rec"
	mkdir -m 777 "$dir/home"
	status=0
	env -u STATE_DIRECTORY -u CACHE_DIRECTORY HOME="$dir/home" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$logspill" replay -f jsonl "$dir/anybody.rec" >"$dir/replayed.jsonl" 2>"$dir/err" || status=$?
	check "no rights are needed" status_is 1
	check "for the same books" same books
fi
finish
