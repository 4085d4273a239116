#!/bin/bash
# SPDX-License-Identifier: MIT
# What an operator installs for the agent: its unit, its configuration, and that it runs with the unit's capabilities.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"

spill agent --check-config --config deploy/logspill.yaml
check "the configuration that comes along has no mistake" status_is 0
# Behind "# " stands what could be set.
mkdir -p "$dir/etc/rules"
need_program openssl
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=siem.example -keyout "$dir/etc/http.key" \
	-out "$dir/etc/http.pem" 2>/dev/null
cp "$dir/etc/http.pem" "$dir/etc/siem-ca.pem"
for file in customers.txt hook.token http.token; do echo "made up for $file" >"$dir/etc/$file"; done
printf 'waivers: []\n' >"$dir/etc/waivers.yaml"
{ echo 'rules:' && own_rule own.ticket "{anchor: 'T[0-9]{4}-', span: token}" 'see «T1234-567» there'; } >"$dir/etc/rules/own.yaml"
sed -E "s/^# ([a-z]+:.*)/\1/; s/^#   /  /; s/^  # - /  - /; s|/etc/logspill|$dir/etc|; s/^user: .*/user: nobody/" \
	deploy/logspill.yaml >"$dir/all.yaml"
spill agent --check-config --config "$dir/all.yaml"
check "nor has what it has in comments" status_is 0

if command -v systemd-analyze >/dev/null; then
	sed 's#^ExecStart=/usr/bin/logspill#ExecStart=/bin/true#' deploy/logspill.service >"$dir/logspill.service"
	status=0
	systemd-analyze verify --man=no "$dir/logspill.service" >"$dir/out" 2>"$dir/err" || status=$?
	check "systemd finds nothing wrong with the unit" status_is 0
	check "nor anything to remark" [ ! -s "$dir/err" ]
	status=0
	systemd-analyze security --offline=yes --threshold=30 "$dir/logspill.service" >"$dir/out" 2>"$dir/err" || status=$?
	check "its exposure is at most 3.0" status_is 0
else
	echo "skip - the unit: no systemd-analyze"
fi

need_watch
need_program setpriv
need_program sqlite3
capabilities=$(sed -n 's/^AmbientCapabilities=//p' deploy/logspill.service | tr A-Z a-z | sed 's/cap_/+/g; s/ /,/g')
name=fixed-$$
cp /bin/sh "$dir/$name"
mkdir -m 700 "$dir/service"
chown nobody "$dir/service"
cp "$logspill" "$dir/logspill"
cp -r rules "$dir/rules"
chmod -R a+rX "$dir/rules"
printf '%s\n' 'version: 1' "targets: [{comm: $name}]" 'http: {listen: "127.0.0.1:0"}' \
	"directories: {state: $dir/service, cache: $dir/service/cache}" >"$dir/agent.yaml"
LOGSPILL_RULES=$dir/rules setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps "-all,$capabilities" \
	--ambient-caps "-all,$capabilities" --no-new-privs "$dir/logspill" agent --config "$dir/agent.yaml" \
	>"$dir/out" 2>"$dir/err" </dev/null &
agent=$!
end_agent() { kill -KILL $agent 2>/dev/null; }
on_exit+=(end_agent)
check "with the unit's capabilities and no root it watches" wait_for 20 said 'watching 1 targets'
[ ! -d /sys/kernel/tracing/events ] || check "by the hook that is cheaper for others" said 'tracepoint hook'
check "then it has the two for /proc alone" grep -q '^CapEff:.*0000000000080004' /proc/$agent/status
check "and none for what it would execute" grep -q '^CapAmb:.*0000000000000000' /proc/$agent/status
# Sockets of it that listen: an address in hexadecimal, a port.
listening() {
	local inodes
	inodes=$(readlink /proc/$agent/fd/* 2>/dev/null | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
	awk 'NR == FNR { mine[$1] = 1; next } $4 == "0A" && $10 in mine { print $2 }' <(echo "$inodes") /proc/net/tcp /proc/net/tcp6
}
check "one port is open, on loopback" [ "$(listening | cut -d : -f 1)" = 0100007F ]
"$dir/$name" -c "echo 'signup of maija.korhonen@kuusikoti.fi' >>$dir/shop.log"
found() { [ "$(sqlite3 "$dir/service/store.db" 'SELECT sum(matches) FROM findings')" = 1 ]; }
check "and finds what is logged" wait_for 10 found
kill -TERM $agent
status=0
wait $agent || status=$?
check "told to end, it ends: 0" status_is 0
finish
