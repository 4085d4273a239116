#!/bin/bash
# SPDX-License-Identifier: MIT
# The Debian package: built twice it is the same to the byte, lintian finds nothing, and in a clean system it installs,
# watches, is upgraded, removed and purged.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/../cli/lib.sh"
need_watch
need_program debootstrap
need_program lintian

build_in() { deploy/package.sh "$dir/$1" >"$dir/out" 2>"$dir/err"; }
check "it is built" build_in first
check "and once more" build_in second
packages=("$dir"/first/logspill_*.deb)
package=${packages[0]}
version=$(cat user/VERSION)
check "both are the same to the byte" cmp "$package" "$dir/second/$(basename "$package")"
check "it has the version of the program" [ "$(dpkg-deb -f "$package" Version)" = "$version" ]
status=0
lintian --allow-root --fail-on error,warning "$dir"/first/*.changes >"$dir/out" 2>"$dir/err" || status=$?
check "lintian finds no fault with it" status_is 0

# A clean system: what every Debian has, and apt.
clean=$dir/clean
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase "$suite" "$clean" "$(tests/deps.sh --mirror)" >"$dir/out" 2>&1 ||
	skip_all "a clean system could not be made: $(tail -n 1 "$dir/out")"
cp "$package" "$clean/srv/logspill.deb"
# The same with a higher version, as the next release will have it.
dpkg-deb -R "$package" "$dir/next"
sed -i "s/^Version: .*/Version: $version+next/" "$dir/next/DEBIAN/control"
dpkg-deb --root-owner-group -b "$dir/next" "$clean/srv/next.deb" >"$dir/out"

# inside COMMAND: in the clean system, with a mount namespace of its own.
inside() {
	status=0
	# shellcheck disable=SC2016
	timeout 300 unshare -m -p -f --mount-proc="$clean/proc" sh -c 'mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev" &&
		exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		sh -c "$1"' "$clean" "$1" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
}
leftovers() {
	find "$clean" -xdev \( -path "$clean/proc" -o -path "$clean/sys" -o -path "$clean/dev" -o -path "$clean/srv" \) -prune -o \
		-name '*logspill*' -print | grep -v '/var/cache/apt/\|/var/lib/dpkg/info/.*\.list-new'
}

inside 'apt-get -q update && apt-get -qy install --no-install-recommends /srv/logspill.deb'
check "it is installed, with what it needs" status_is 0
inside 'logspill --version'
check "the program starts" printed "$version"
inside "logspill run -- sh -c 'echo signup of maija.korhonen@kuusikoti.fi'"
check "it watches: a leak is 99" status_is 99
inside 'logspill agent --check-config'
check "the configuration that came along has no mistake" status_is 0
inside 'ls /etc/systemd/system/*/logspill.service'
check "the agent is not started at boot before somebody says so" not status_is 0
inside 'echo "# ours" >>/etc/logspill/logspill.yaml; dpkg --force-confold -i /srv/next.deb && logspill --version && tail -n 1 /etc/logspill/logspill.yaml'
check "it is upgraded" status_is 0
check "what the administrator has changed stays" printed '# ours'
inside 'mkdir -p /var/lib/private/logspill /var/cache/logspill && touch /var/lib/private/logspill/store.db && dpkg -r logspill'
check "it is removed" status_is 0
check "the program has gone" [ ! -e "$clean/usr/bin/logspill" ]
check "its configuration has not" [ -s "$clean/etc/logspill/logspill.yaml" ]
check "nor has what it has found" [ -e "$clean/var/lib/private/logspill/store.db" ]
inside 'dpkg -P logspill'
check "it is purged" status_is 0
leftovers >"$dir/out"
check "nothing of it is left" [ ! -s "$dir/out" ]
finish
