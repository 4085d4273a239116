#!/bin/bash
# SPDX-License-Identifier: MIT
# Run by root, the program takes orders from files that root alone can change, and writes into none that somebody else
# has put in its way: by a symbolic link, by a hard link, on every path that it writes.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
need_program jq
need_program setpriv

stranger=65534
as_stranger() { setpriv --reuid $stranger --regid $stranger --clear-groups "$@"; }

# Orders. Each is good as it stands, and refused where a stranger could change it.
mkdir -p "$dir/etc/rules"
{ echo 'rules:' && own_rule own.ticket "{shapes: ['TICKET-\d{6}']}" 'opened «TICKET-558213» again'; } >"$dir/etc/rules/own.yaml"
printf 'version: 1\ntargets: [{comm: nobody-runs-this}]\n' >"$dir/etc/logspill.yaml"
printf 'window: 1s\nmin_records: 1\n' >"$dir/etc/gate.yaml"
"$logspill" waive b62d5c0df27464775a7822c8bddb3d65 --owner shop --reason test --until \
	"$(date -u -d '+9 days' +%F)" --file "$dir/etc/waivers.yaml" 2>"$dir/err"
echo 'canary-4711-value' >"$dir/etc/list"
chmod -R go-w "$dir/etc"
echo "ok TICKET-558213" >"$dir/lines"

# read_KIND FOLDER: with what lies there.
read_rules() { spill scan --rules "$1/rules" --only own "$dir/lines"; }
read_rule() { spill scan --rules "$1/rules/own.yaml" --only own "$dir/lines"; }
read_config() { spill agent --check-config --config "$1/logspill.yaml"; }
read_gate() { spill gate --gate "$1/gate.yaml" -p $$ --for 1s; }
read_waivers() { spill run --waivers "$1/waivers.yaml" -- true; }
read_list() { spill scan --watchlist "$1/list" "$dir/lines"; }
declare -A file=([rules]=rules/own.yaml [rule]=rules/own.yaml [config]=logspill.yaml [gate]=gate.yaml
	[waivers]=waivers.yaml [list]=list)

refused() { [ "$status" = 2 ] || [ "$status" = 125 ]; }
not_refused() { ! said 'others can write' && ! said 'another user' && [ "$status" != 2 ] && [ "$status" != 125 ]; }
for kind in rules rule config gate waivers list; do
	one=$dir/etc/${file[$kind]}
	folder=$(dirname "$one")
	"read_$kind" "$dir/etc"
	check "$kind of root's: taken" not_refused
	for mode in 664 646; do
		chmod $mode "$one"
		"read_$kind" "$dir/etc"
		check "$kind that others can write to ($mode): refused" refused
		check "$kind ($mode): says which, and what to do" said "${file[$kind]##*/}: others can write to it, and so decide"
		check "$kind ($mode): the remedy" said 'chmod go-w'
	done
	chmod 644 "$one"
	chown $stranger "$one"
	"read_$kind" "$dir/etc"
	check "$kind of another user: refused" refused
	check "$kind of another user: says whose" said "it belongs to another user ($stranger)"
	export SUDO_UID=$stranger
	"read_$kind" "$dir/etc"
	check "$kind of whoever called sudo: taken" not_refused
	unset SUDO_UID
	chown 0 "$one"
	chmod 777 "$folder"
	"read_$kind" "$dir/etc"
	check "$kind in a folder that others can write to: refused" refused
	check "$kind in such a folder: says which" said "others can write to the folder $folder"
	chmod 1777 "$folder"
	"read_$kind" "$dir/etc"
	check "$kind in a folder like /tmp: taken" not_refused
	chmod 755 "$folder"
	chown $stranger "$folder"
	"read_$kind" "$dir/etc"
	check "$kind in the folder of another user: refused" refused
	chown 0 "$folder"
done
mkdir -m 777 "$dir/theirs"
as_stranger ln -s "$dir/etc/gate.yaml" "$dir/theirs/gate.yaml"
chmod 1777 "$dir/theirs"
read_gate "$dir/theirs"
check "a link of another user: refused" refused
ln -s "$dir/etc/gate.yaml" "$dir/gate.yaml"
read_gate "$dir"
check "a link of root's: taken" not_refused
chmod 777 "$dir/etc"
read_gate "$dir"
check "a link of root's into a folder that others can write to: refused" refused
chmod 755 "$dir/etc"
# Without rights nobody can be made to do what he could not do himself.
chmod 666 "$dir/etc/rules/own.yaml"
cp "$logspill" "$dir/logspill"
status=0
as_stranger env -u STATE_DIRECTORY -u CACHE_DIRECTORY HOME=/nonexistent LOGSPILL_RULES="$PWD/rules" "$dir/logspill" scan \
	--rules "$dir/etc/rules" --only own "$dir/lines" >"$dir/out" 2>"$dir/err" || status=$?
if [ -r rules/contact.yaml ] && as_stranger test -r "$PWD/rules/contact.yaml"; then
	check "without rights such rules are taken" status_is 1
fi
chmod 644 "$dir/etc/rules/own.yaml"

# Writing. What a stranger has put on each path: a link to a file of root's, or that file itself under another name.
victim=$dir/victim
watched() { cat "$victim" && stat -c '%a %u %g %s' "$victim"; }
make_victim() {
	rm -f "$victim"
	echo 'root:x:0:0' >"$victim"
	chmod 640 "$victim"
}
make_victim
before=$(watched)
unharmed() { [ "$(watched | tr -d "\000")" = "$before" ]; }

leaking=(sh -c 'echo signup of maija.korhonen@kuusikoti.fi')
state=$dir/state-of-writing
cat >"$dir/etc/agent.yaml" <<YAML
version: 1
targets: [{comm: nobody-runs-this}]
directories: {state: $state, cache: $dir/way/cache}
http: {enabled: false}
probe: {enabled: false}
outputs: [{name: lines, type: file, path: $dir/way/agent.jsonl}]
YAML
agent_has_said() { cat "$dir/out" "$dir/err" 2>/dev/null | grep -q .; }
agent_runs() {
	rm -f "$dir/out" "$dir/err"
	"$logspill" agent --config "$dir/etc/agent.yaml" >"$dir/out" 2>"$dir/err" </dev/null &
	local agent=$!
	wait_for 20 agent_has_said
	kill -TERM $agent 2>/dev/null
	status=0
	wait $agent || status=$?
}
# write_KIND FOLDER: writes the path of that kind there.
write_lines() { spill run -f jsonl -o "$1/lines" -- "${leaking[@]}"; }
write_report() { spill run -o "$1/report.html" -- "${leaking[@]}"; }
write_junit() { spill run --junit "$1/junit.xml" -- "${leaking[@]}"; }
write_scanned() { spill scan -f jsonl -o "$1/scanned" "$dir/lines"; }
write_sarif() { spill scan -o "$1/scan.sarif" "$dir/lines"; }
write_memo() { spill gate -p $$ --for 1s --memo "$1/memo.html"; }
write_verdict() { spill gate -p $$ --for 1s -f json -o "$1/verdict.json"; }
write_audit() { spill audit -p $$ -d 1s -q -o "$1/audit.md"; }
write_waiver() {
	spill waive b62d5c0df27464775a7822c8bddb3d65 --owner o --reason r --until "$(date -u -d '+9 days' +%F)" \
		--file "$1/waivers.yaml"
}
write_recording() { spill record -o "$1/recording" --i-know-this-stores-raw-data -- "${leaking[@]}"; }
write_export() { spill rules export --for rsyslog --only contact.email -o "$1/export.conf"; }
write_key() { STATE_DIRECTORY=$1 spill run -- "${leaking[@]}"; }
write_cache() { CACHE_DIRECTORY=$1 spill scan --only contact "$dir/lines"; }
write_store() { state=$1 && sed -i "s|state: [^,]*|state: $1|" "$dir/etc/agent.yaml" && agent_runs; }
write_socket() {
	sed -i "s|state: [^,]*|state: $dir/other-state|; s|http: .*|http: {enabled: false, socket: $1/agent.sock}|" "$dir/etc/agent.yaml"
	agent_runs
	sed -i "s|http: .*|http: {enabled: false}|" "$dir/etc/agent.yaml"
}
write_output() { sed -i "s|state: [^,]*|state: $dir/other-state|" "$dir/etc/agent.yaml" && agent_runs; }
CACHE_DIRECTORY=$dir/names spill scan --only contact "$dir/lines"
compiled=$(basename "$dir"/names/*.hs)
declare -A names=([lines]=lines [report]=report.html [junit]=junit.xml [scanned]=scanned [sarif]=scan.sarif [memo]=memo.html
	[verdict]=verdict.json [audit]=audit.md [waiver]="waivers.yaml waivers.yaml.new" [recording]=recording
	[export]=export.conf [key]=key [cache]="$compiled" [store]="store.db store.db.lock store.db-wal store.db-shm"
	[output]=agent.jsonl [socket]=agent.sock)
for kind in "${!names[@]}"; do
	for name in ${names[$kind]}; do
		for way in symbolic hard; do
			# A folder of the stranger's: there the kernel's own protection of links (fs.protected_*) does not apply.
			rm -rf "$dir/way"
			make_victim
			mkdir -m 755 "$dir/way"
			if [ $way = symbolic ]; then ln -s "$victim" "$dir/way/$name"; else ln "$victim" "$dir/way/$name"; fi
			chown -h $stranger "$dir/way"
			[ $way = hard ] || chown -h $stranger "$dir/way/$name"
			"write_$kind" "$dir/way"
			check "$kind: a $way link at $name harms nothing" unharmed
			[ "$status" != 139 ] && [ "$status" != 134 ] || not_ok "$kind: it has crashed"
		done
	done
done
# A link of root's own to what is no file is what somebody meant.
ln -s /dev/stdout "$dir/out-link"
("$logspill" scan -f json -o "$dir/out-link" "$dir/lines" | cat) >"$dir/out" 2>"$dir/err"
check "a link of our own to standard output is written to" grep -q scanned "$dir/out"
finish
