#!/bin/bash
# SPDX-License-Identifier: MIT
# Every output against its real receiver, all at once, under one agent: rsyslog over UDP, TCP and TLS, journald,
# Alertmanager, librdkafka's own brokers, and HTTP servers of the test. What is down is told later; hostile names hurt
# none of them.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
for program in rsyslogd prometheus-alertmanager openssl python3 curl jq journalctl; do need_program $program; done
[ -x /usr/lib/systemd/systemd-journald ] || skip_all "there is no journald"

later() { on_exit+=("end_quietly $!"); }
udp=$(free_port) tcp=$(free_port) tls=$(free_port) am=$(free_port) web=$(free_port)

# A certificate authority, and a certificate for localhost.
(
	cd "$dir" || exit
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.pem
	openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
	printf 'subjectAltName=DNS:localhost\n' >san
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.pem
) >"$dir/openssl.log" 2>&1

cat >"$dir/rsyslog.conf" <<CONF
global(workDirectory="$dir" DefaultNetstreamDriverCAFile="$dir/ca.pem"
	DefaultNetstreamDriverCertFile="$dir/server.pem" DefaultNetstreamDriverKeyFile="$dir/server.key")
module(load="imudp")
module(load="imtcp")
module(load="mmpstrucdata")
input(type="imudp" address="127.0.0.1" port="$udp" name="udp")
input(type="imtcp" address="127.0.0.1" port="$tcp" name="tcp")
input(type="imtcp" address="127.0.0.1" port="$tls" name="tls" streamdriver.name="gtls" streamdriver.mode="1"
	streamdriver.authmode="anon")
template(name="fields" type="list") {
	constant(value="{") property(name="inputname" format="jsonf") constant(value=",")
	property(name="syslogseverity-text" format="jsonf") constant(value=",") property(name="msgid" format="jsonf")
	constant(value=",") property(name="app-name" format="jsonf") constant(value=",\"sd\":")
	property(name="\$!rfc5424-sd") constant(value="}\n")
}
action(type="mmpstrucdata")
action(type="omfile" file="$dir/syslog.jsonl" template="fields")
CONF
rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/rsyslog.pid" >"$dir/rsyslog.log" 2>&1 </dev/null &
later

# A journald of our own, with a /run of its own, whose socket is seen from here.
mkdir -p "$dir/run/systemd/journal" "$dir/run/log/journal"
# shellcheck disable=SC2016
unshare -m sh -c 'mount --bind "$0/run" /run && exec /usr/lib/systemd/systemd-journald' "$dir" >"$dir/journald.log" 2>&1 </dev/null &
later

cat >"$dir/alertmanager.yml" <<YAML
route: {receiver: none}
receivers: [{name: none}]
YAML
start_alertmanager() {
	prometheus-alertmanager --config.file="$dir/alertmanager.yml" --storage.path="$dir/alerts" --cluster.listen-address= \
		--web.listen-address="127.0.0.1:$am" >"$dir/alertmanager.log" 2>&1 </dev/null &
	later
}

# Takes every POST, by path, a line each.
cat >"$dir/receiver.py" <<'PROGRAM'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = {"/v1/logs": "otlp", "/hook": "hook"}[self.path]
        with open(sys.argv[2] + "/" + name + ".jsonl", "ab") as f:
            f.write(body + b"\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
PROGRAM
start_receiver() {
	python3 "$dir/receiver.py" "$web" "$dir" >"$dir/receiver.log" 2>&1 </dev/null &
	later
}
start_receiver

name=told-$$
cp /bin/sh "$dir/${name:0:15}"
mkdir -p "$dir/out.d"
cat >"$dir/logspill.yaml" <<YAML
version: 1
targets: [{comm: ${name:0:15}}]
directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}
http: {listen: "127.0.0.1:0"}
probe: {every: 500ms, patience: 10s}
user: root
policy: {repeat: 1s, resolve_after: 6s}
outputs:
  - {name: lines, type: file, path: $dir/out.d/lines.jsonl}
  - {name: ecs, type: file, path: $dir/out.d/ecs.jsonl, form: ecs}
  - {name: ocsf, type: file, path: $dir/out.d/ocsf.jsonl, form: ocsf}
  - {name: udp, type: syslog, url: "udp://127.0.0.1:$udp"}
  - {name: tcp, type: syslog, url: "tcp://localhost:$tcp"}
  - {name: tls, type: syslog, url: "tls://localhost:$tls", ca_file: $dir/ca.pem}
  - {name: stranger, type: syslog, url: "tls://127.0.0.1:$tls", ca_file: $dir/ca.pem}
  - {name: journald, type: journal, path: $dir/run/systemd/journal/socket}
  - {name: alertmanager, type: alertmanager, url: "http://127.0.0.1:$am"}
  - {name: hook, type: webhook, url: "http://127.0.0.1:$web/hook"}
  - {name: otlp, type: otlp, url: "http://127.0.0.1:$web"}
  - {name: kafka, type: kafka, brokers: "127.0.0.1:1", topic: findings, properties: [test.mock.num.brokers=1]}
YAML
check "the agent watches" agent_start "$dir/logspill.yaml"
metric() { curl -s -m 10 "http://127.0.0.1:$port/metrics" | grep -F "logspill_output_$1_total{output=\"$2\"" | grep -o '[0-9]*$'; }
sent() { [ "$(metric sent "$1")" -ge "$2" ] 2>/dev/null; }
has() { grep -qF -e "$2" "$1" 2>/dev/null; }
lines() { holds "$2" "$1" 2>/dev/null; }

# Names as they should not be: the log's folder holds quotes, brackets, a newline and an escape.
hostile=$dir/$(printf 'a"b]c\\d\n<0>e\033[31m')
mkdir "$hostile"
"$dir/${name:0:15}" -c 'for i in 1 2 3; do echo "signup failed for tilda.orrin@brindlewick-post.com"; done >>"$0"' "$hostile/app.log"

check "file: the finding" wait_for 20 lines "$dir/out.d/lines.jsonl" '.[0].event.action == "new" and .[0].logspill.entity == "EMAIL"'
check "file: the name is there as it is" lines "$dir/out.d/lines.jsonl" '.[0].logspill.sink.path | contains("a\"b]c\\d\n<0>e\u001b[31m")'
check "file: for its owner alone" [ "$(stat -c %a "$dir/out.d/lines.jsonl")" = 600 ]
check "file: ECS" wait_for 20 lines "$dir/out.d/ecs.jsonl" '.[0].ecs.version == "8.17.0"'
check "file: OCSF" wait_for 20 lines "$dir/out.d/ocsf.jsonl" '.[0].class_uid == 2006'
for way in udp tcp tls; do
	check "rsyslog takes it over $way" wait_for 20 has "$dir/syslog.jsonl" "\"inputname\":\"$way\""
	check "and reads its fields" lines "$dir/syslog.jsonl" "map(select(.inputname == \"$way\")) | .[0] |
		.[\"app-name\"] == \"logspill\" and .msgid == \"new\" and .[\"syslogseverity-text\"] == \"warning\" and
		(.sd[\"logspill@32473\"] | .entity == \"EMAIL\" and (.sink | contains(\"a\\\"b]c\") and contains(\"x0a<0>e\")))"
done
check "a server whose certificate is for another name gets nothing" [ "$(metric sent stranger)" = 0 ]
refused() { [ "$(metric failed stranger)" -gt 0 ]; }
check "which is counted" wait_for 20 refused
journal() { journalctl -D "$dir/run/log/journal" -o json SYSLOG_IDENTIFIER=logspill 2>/dev/null; }
journal_has() { journal | jq -se "$1" >/dev/null; }
check "journald takes it, field by field" wait_for 20 journal_has '.[0] | .LOGSPILL_ENTITY == "EMAIL" and .PRIORITY == "4" and
	.LOGSPILL_ACTION == "new"'
check "webhook" wait_for 20 lines "$dir/hook.jsonl" '.[0].schema == "logspill.finding/v1"'
check "OTLP" wait_for 20 lines "$dir/otlp.jsonl" '.[0].resourceLogs[0].scopeLogs[0].logRecords[0] |
	.severityText == "WARN" and (.timeUnixNano | test("^[0-9]{19}$"))'
check "Kafka: its brokers have acknowledged it" wait_for 30 sent kafka 1

check "Alertmanager is down: that is counted" [ "$(metric failed alertmanager)" -gt 0 ]
start_alertmanager
alerts() { curl -s -m 10 "http://127.0.0.1:$am/api/v2/alerts?active=true" | jq -e "$1" >/dev/null 2>&1; }
check "once it is up it is told what happened" wait_for 90 sent alertmanager 1
"$dir/${name:0:15}" -c 'for i in $(seq 80); do echo "signup failed for tilda.orrin@brindlewick-post.com"; sleep 0.25; done >>"$0"' "$hostile/app.log" &
later
check "Alertmanager: it fires" wait_for 60 alerts 'length == 1 and .[0].labels.alertname == "PersonalDataInLog" and
	.[0].labels.entity == "EMAIL"'
check "Alertmanager: it resolves when all is quiet" wait_for 90 alerts 'length == 0'
check "file: so it says" wait_for 20 lines "$dir/out.d/lines.jsonl" '.[-1].event.action == "resolved"'
check "nothing was given up" [ "$(for o in lines udp tcp tls journald alertmanager hook otlp kafka; do metric dropped $o; done | sort -u)" = 0 ]

echo tilda.orrin@brindlewick-post.com >"$dir/values"
check "nobody was told the value itself" no_raw "$dir/values" "$dir/out.d" "$dir/syslog.jsonl" "$dir/hook.jsonl" \
	"$dir/otlp.jsonl" "$dir/run/log/journal" "$dir/err"
kill "$agent"
status=0
wait "$agent" || status=$?
check "told to end, it ends: 0" status_is 0
finish
