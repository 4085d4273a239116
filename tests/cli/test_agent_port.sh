#!/bin/bash
# SPDX-License-Identifier: MIT
# The agent's port with TLS and a token, as it must be beyond loopback; and 10,000 scrapes of it.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
for program in openssl curl python3; do need_program $program; done

mkdir "$dir/etc"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=agent.example -addext subjectAltName=DNS:agent.example \
	-keyout "$dir/etc/key.pem" -out "$dir/etc/cert.pem" >"$dir/openssl.log" 2>&1
echo made-up-token >"$dir/etc/token"
configure() {
	cat >"$dir/etc/logspill.yaml" <<-YAML
		version: 1
		targets: [{comm: port-$$}]
		directories: {state: $dir/agent, cache: $CACHE_DIRECTORY}
		http: {$1}
	YAML
}
tls="certificate: $dir/etc/cert.pem, key: $dir/etc/key.pem"

configure 'listen: "0.0.0.0:0"'
spill agent --config "$dir/etc/logspill.yaml"
check "beyond loopback nobody is listened to without TLS" status_is 2
check "which is said" said 'beyond loopback, at 0.0.0.0:0, a certificate with its key and a token are needed'
configure "listen: \"0.0.0.0:0\", $tls"
spill agent --config "$dir/etc/logspill.yaml"
check "nor without a token" status_is 2

configure "listen: \"127.0.0.1:0\", token_file: $dir/etc/token, names: [agent.example], $tls"
check "with both it starts" agent_start "$dir/etc/logspill.yaml"

# ask PATH OPTION...: what the port answers, to somebody who asks by its name.
ask() {
	curl -s --cacert "$dir/etc/cert.pem" --resolve "agent.example:$port:127.0.0.1" -o "$dir/body" -w '%{http_code}' \
		"${@:2}" "https://agent.example:$port$1"
}
answers() { [ "$(ask "${@:2}")" = "$1" ]; }
token=(-H 'Authorization: Bearer made-up-token')
check "who brings the token is answered" wait_for 20 answers 200 /metrics "${token[@]}"
check "who brings none is not" answers 401 /metrics
check "nor who brings another" answers 401 /metrics -H 'Authorization: Bearer made-up-tokem'
check "the API asks for it as well" answers 401 /api/v1/findings
check "and the page" answers 401 /
check "health is for all" wait_for 20 answers 200 /healthz
check "a name that is not its own is refused" answers 421 /metrics "${token[@]}" -H 'Host: elsewhere.example'
check "without TLS nothing is answered" not curl -sf "http://127.0.0.1:$port/healthz"
check "a certificate that is not trusted is noticed" not curl -sf --resolve "agent.example:$port:127.0.0.1" "https://agent.example:$port/healthz"
check "the token stands nowhere in what it says" not grep -rqF made-up-token "$dir/err" "$dir/body" "$dir/agent"

# Resident memory without what it shares with the kernel side.
memory_kib() { awk '/^RssAnon|^RssFile/ { n += $2 } END { print n }' "/proc/$agent/status"; }
scrape() {
	python3 - "$port" "$dir/etc/cert.pem" "$1" <<'PY'
import http.client, ssl, sys
port, cert, n = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=cert)
context.check_hostname = False
connection = http.client.HTTPSConnection("127.0.0.1", port, context=context)
for i in range(n):
    if i % 100 == 0:
        connection.close()
    connection.request("GET", "/metrics", headers={"Host": "agent.example", "Authorization": "Bearer made-up-token"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200 and body.endswith(b"\n") and b"\nlogspill_ready 1\n" in body, (i, answer.status)
PY
}
check "a thousand scrapes are answered" scrape 1000
if grep -q __tsan_init "$logspill"; then
	echo "skip - 9,000 more cost no memory: ThreadSanitizer remembers what was done"
else
	before=$(memory_kib)
	check "and 9,000 more" scrape 9000
	after=$(memory_kib)
	check "which cost no memory ($before, then $after KiB)" [ "$after" -le $((before + 2048)) ]
fi
few_sockets() { [ "$(find "/proc/$agent/fd" -lname 'socket:*' | wc -l)" -le 8 ]; }
check "no connection stays open" wait_for 20 few_sockets

# The page is opened again and again while the agent stops: it comes whole, or nothing of it does.
open_pages() {
	python3 - "$port" "$dir/etc/cert.pem" "$dir/opened" <<'PY'
import http.client, ssl, sys
port, cert, opened = int(sys.argv[1]), sys.argv[2], sys.argv[3]
context = ssl.create_default_context(cafile=cert)
context.check_hostname = False
answered = 0
while True:
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": "agent.example", "Authorization": "Bearer made-up-token"})
        answer = connection.getresponse()
    except ConnectionRefusedError:
        break
    except (ssl.SSLError, http.client.RemoteDisconnected, ConnectionError):
        continue
    body = answer.read() # IncompleteRead: half of it
    assert answer.status in (200, 503) and (answer.status != 200 or body.endswith(b"</html>\n")), (answer.status, body[-80:])
    answered += 1
    if answered == 20:
        open(opened, "w")
assert answered >= 20
PY
}
open_pages >"$dir/out" 2>&1 &
opener=$!
wait_for 20 test -e "$dir/opened"
kill "$agent"
status=0
wait "$opener" || status=$?
check "a page that is opened while the agent stops comes whole or not at all" status_is 0
finish
