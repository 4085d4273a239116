#!/bin/bash
# SPDX-License-Identifier: MIT
# The unit that comes along, under a systemd of the test's own, process 1 of its own namespaces: as a DynamicUser, behind
# the unit's filters, with its watchdog. In there processes have numbers that are not the kernel's: so a cgroup is watched
# and no probe records are planted, but by a start that fails of just that.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_watch
for program in systemctl unshare nsenter ip curl jq sqlite3; do need_program $program; done
[ -x /lib/systemd/systemd ] || skip_all "systemd is not installed"

# A cgroup for it, in the hierarchies that systemd uses.
mapfile -t hierarchies < <(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /name=systemd/) { print $2 }' /proc/mounts)
groups=()
for hierarchy in "${hierarchies[@]}"; do groups+=("$hierarchy/logspill-systemd-$$"); done
[ ${#groups[@]} -gt 0 ] && mkdir "${groups[@]}" 2>/dev/null || skip_all "no cgroup can be made"
machine=
end_machine() {
	[ -z "$machine" ] || end_quietly "$machine"
	wait "$machine" 2>/dev/null
}
remove_groups() { find "${groups[@]}" -depth -type d -exec rmdir {} + 2>/dev/null; }
on_exit+=(end_machine "wait_for 10 remove_groups")

# Its root: this one, beneath what is put in it.
mkdir "$dir/layers" "$dir/units"
cat >"$dir/boot.sh" <<'BOOT'
set -e
dir=$1 program=$2 repository=$3
mount -t tmpfs none "$dir/layers"
root=$dir/layers/root
mkdir "$root" "$dir/layers/upper" "$dir/layers/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tracefs tracefs "$root/sys/kernel/tracing" || :
for each in run tmp dev; do mount -t tmpfs -o mode=755 none "$root/$each"; done
chmod 1777 "$root/tmp"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for each in null zero full random urandom tty; do
	: >"$root/dev/$each"
	mount --bind "/dev/$each" "$root/dev/$each"
done
if mountpoint -q /sys/fs/cgroup && [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
	mount -t tmpfs -o mode=755 none "$root/sys/fs/cgroup"
	mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
	mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi
ip link set lo up
install -D "$program" "$root/usr/bin/logspill"
rm -rf "$root/usr/share/logspill" "$root/etc/systemd/system" "$root"/var/{lib,cache,log}/{logspill,private}
mkdir -p "$root/usr/share/logspill" "$root/etc/systemd/system/logspill.service.d" "$root/etc/logspill" "$root/var/log/shop"
cp -r "$repository/rules" "$root/usr/share/logspill/"
chmod -R a+rX "$root/usr/share/logspill"
cp "$repository/deploy/logspill.service" "$dir"/units/*.target "$dir"/units/*.service "$root/etc/systemd/system/"
cp "$dir/units/drop-in.conf" "$root/etc/systemd/system/logspill.service.d/"
mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
umount -l /.old
exec env -i container=unshare PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	/lib/systemd/systemd --system --unit=nothing.target --log-target=null --show-status=no
BOOT
printf '[Unit]\nDescription=nothing\n' >"$dir/units/nothing.target"
cat >"$dir/units/shop.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/bin/sh -c 'while sleep 0.2; do echo "signup of maija.korhonen@kuusikoti.fi" >>/var/log/shop/app.log; done'
UNIT
cat >"$dir/units/drop-in.conf" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
WatchdogSec=10
RestartSec=1
StandardError=append:/run/agent.err
UNIT

# shellcheck disable=SC2016
sh -c 'boot=$1 dir=$2 program=$3 repository=$4; shift 4
	for group; do echo $$ >"$group/cgroup.procs" || exit; done
	exec unshare -m -p -f --kill-child -C -u -i -n --propagation private bash "$boot" "$dir" "$program" "$repository"' \
	sh "$dir/boot.sh" "$dir" "$logspill" "$PWD" "${groups[@]}" >"$dir/out" 2>"$dir/err" </dev/null &
machine=$!
is_booted() { init=$(pgrep -P $machine -x systemd) && inside systemctl list-units >/dev/null 2>&1; }
inside() { nsenter -t "$init" -m -p -C -u -i -n -r -w "$@"; }
wait_for 30 is_booted || skip_all "systemd does not start in namespaces here: $(tail -n 1 "$dir/err")"

# configure [LINE...]: the configuration, with these lines more.
configure() {
	printf '%s\n' 'version: 1' 'targets: [{cgroup: system.slice/shop.service}]' "$@" >"/proc/$init/root/etc/logspill/logspill.yaml"
}
property() { inside systemctl show -P "$1" logspill.service; }
is() { [ "$(property "$1")" = "$2" ]; }
tells() { property StatusText | any_line -F -e "$1"; }
words() { cat "/proc/$init/root/run/agent.err" >"$dir/err" 2>/dev/null; }
works() {
	status=0
	inside systemctl "$@" 2>/dev/null || status=$?
	words
	status_is 0
}
restarted() { is NRestarts 1 && is ActiveState active && is SubState running; }
found() { inside curl -s -m 5 http://127.0.0.1:10532/api/v1/findings | jq -e '.total == 1' >/dev/null; }

configure 'probe: {enabled: false}'
check "a service logs" works start shop.service
check "the agent starts, and says when it watches" works start logspill.service
if [ -d "/proc/$init/root/sys/kernel/tracing/events" ]; then
	words
	check "by the hook that is cheaper for others" said 'tracepoint hook'
fi
check "as a user of its own" [ "$(inside stat -c %u "/proc/$(property MainPID)")" -ge 61184 ]
has() { inside grep -q "^$1:.$2\$" "/proc/$(property MainPID)/status"; }
check "with the two capabilities for /proc alone" has CapEff 0000000000080004
check "and no way to others" has NoNewPrivs 1
check "behind a list of system calls" has Seccomp 2
check "it finds what the service logs" wait_for 30 found
check "systemd is told what it finds" wait_for 10 tells '1 findings'
check "its store is its own" [ "$(inside stat -c '%a %U' /var/lib/private/logspill/store.db)" = "600 $(inside stat -c %U /var/lib/private/logspill)" ]

configure 'prbe: {enabled: false}'
check "it is told to read its files again" works reload logspill.service
check "systemd is told that they are wrong" wait_for 20 tells 'the new configuration is not in force'
configure 'probe: {enabled: false}'
check "and again, when they are right" works reload logspill.service
reloaded() { ! tells 'not in force'; }
check "which systemd is told, too" wait_for 20 reloaded

inside kill -STOP "$(property MainPID)"
check "an agent that hangs is ended by the watchdog, and started again" wait_for 60 restarted
check "it still knows what it found" [ "$(inside sqlite3 /var/lib/private/logspill/store.db 'SELECT count(*) FROM findings')" = 1 ]
gap() { [ "$(inside sqlite3 /var/lib/private/logspill/store.db "SELECT count(*) FROM events WHERE kind = 'gap'")" = 1 ]; }
check "and that nobody watched meanwhile" wait_for 10 gap
check "it ends when it is told to" works stop logspill.service
check "without an error" is Result success

configure
inside systemctl start logspill.service 2>/dev/null
words
check "nothing in the unit is in the way of who plants probe records" said "process numbers in here are not the host's"
finish
