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

# browser SCHEME WIDTH [HEIGHT]: sets $session.
browser() {
	local scheme=0
	[ "$1" = dark ] || scheme=1
	session=$(curl -s -m 60 -d '{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--headless=new","--no-sandbox",
		"--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update",
		"--disable-sync","--hide-scrollbars","--window-size='"$2,${3:-900}"'","--blink-settings=preferredColorScheme='$scheme'",
		"--user-data-dir='"$dir/profile.$1.$2"'"]}}}}' "$driver/session" | jq -r '.value.sessionId')
	session=$driver/session/$session
}

leave_browser() { curl -s -m 10 -X DELETE "$session" >/dev/null; }

# js SCRIPT: what it returns.
js() {
	jq -n --arg s "$1" '{script: $s, args: []}' | curl -s -m 30 -d @- "$session/execute/sync" | jq -r '.value'
}
is() { [ "$(js "$1")" = "$2" ]; }
visit() { curl -s -m 30 -d "{\"url\":\"$1\"}" "$session/url" >/dev/null; }
picture() { curl -s -m 30 "$session/screenshot" | jq -r .value | base64 -d >"${PICTURES:-$dir}/$1.png"; }

# The least contrast of a text on its ground is enough (WCAG 2.1, AA).
text_stands_out() {
	is '
		const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
		const light = c => 0.2126 * part(c[0]) + 0.7152 * part(c[1]) + 0.0722 * part(c[2])
		const colour = s => s.match(/[\d.]+/g).map(Number)
		const ground = e => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor)
			if (c.length < 4 || c[3]) return c } return [255, 255, 255] }
		let least = 21
		for (const e of document.querySelectorAll("main *")) {
			if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) || e.closest("svg")) continue
			const a = light(colour(getComputedStyle(e).color)), b = light(ground(e))
			least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05))
		}
		return least >= 4.5 ? "enough" : least' enough
}

chromedriver --port=0 >"$dir/driver.log" 2>&1 &
driver_pid=$!
driver_port() { sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$dir/driver.log"; }
driver_is_up() { driver=http://127.0.0.1:$(driver_port) && [ "$driver" != http://127.0.0.1: ] && curl -s -m 2 -o /dev/null "$driver/status"; }
wait_for 30 driver_is_up || skip_all "chromedriver does not start: $(tail -n 1 "$dir/driver.log")"
