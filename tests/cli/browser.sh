#!/bin/bash
# SPDX-License-Identifier: MIT
# A real browser for tests of what people look at, driven over WebDriver (W3C) on loopback; source it after lib.sh.
: "${dir:?source it after lib.sh}"
need_program chromium
need_program chromedriver
need_program curl

driver_pid=''
session=''
end_browser() {
	[ -z "$session" ] || curl -s -m 10 -X DELETE "$session" >/dev/null
	[ -z "$driver_pid" ] || kill "$driver_pid" 2>/dev/null
}
on_exit+=(end_browser)

# browser SCHEME WIDTH: sets $session.
browser() {
	local scheme=0
	[ "$1" = dark ] || scheme=1
	session=$(curl -s -m 60 -d '{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--headless=new","--no-sandbox",
		"--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update",
		"--disable-sync","--window-size='"$2"',900","--blink-settings=preferredColorScheme='$scheme'",
		"--user-data-dir='"$dir/profile.$1.$2"'"]}}}}' "$driver/session" | jq -r '.value.sessionId')
	session=$driver/session/$session
}

# js SCRIPT: what it returns.
js() {
	jq -n --arg s "$1" '{script: $s, args: []}' | curl -s -m 30 -d @- "$session/execute/sync" | jq -r '.value'
}
is() { [ "$(js "$1")" = "$2" ]; }
visit() { curl -s -m 30 -d "{\"url\":\"$1\"}" "$session/url" >/dev/null; }
picture() { curl -s -m 30 "$session/screenshot" | jq -r .value | base64 -d >"${PICTURES:-$dir}/$1.png"; }

driver_port=$((20000 + $$ % 20000))
chromedriver --port=$driver_port >"$dir/driver.log" 2>&1 &
driver_pid=$!
driver=http://127.0.0.1:$driver_port
wait_for 30 curl -s -m 2 -o /dev/null "$driver/status" || skip_all "chromedriver does not start: $(tail -n 1 "$dir/driver.log")"
