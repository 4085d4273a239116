#!/bin/bash
# SPDX-License-Identifier: MIT
# Boots a kernel in QEMU with a throw-away root file system of busybox and a folder, which is /b there; runs a command
# in it as root, prints what it prints, and ends as it does (124: too slow, 125: the machine did not come up).
#
#   tests/vm/boot.sh KERNEL FOLDER COMMAND      KERNEL: a vmlinuz, or a .deb that holds one
#
# VM_MEMORY=2048 (MiB)  VM_LIMIT_S=180  VM_APPEND='more kernel arguments'. Times in there mean nothing: it is emulated.
set -uo pipefail
[ $# = 3 ] || { sed -n 3,8p "$0"; exit 2; }
kernel=$1 folder=$2 command=$3
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
for tool in qemu-system-x86_64 cpio busybox; do
	command -v $tool >/dev/null || { echo "$tool is not installed: tests/deps.sh vm" >&2; exit 125; }
done
[ "$(uname -m)" = x86_64 ] || { echo "only x86-64 machines are booted here" >&2; exit 125; }

case $kernel in *.deb)
	dpkg-deb --fsys-tarfile "$kernel" | tar -x -C "$work" --wildcards '*/vmlinuz*' || exit 125
	kernel=$(find "$work" -type f -name 'vmlinuz*' | head -n 1)
	;;
esac

mkdir -p "$work"/tree/{bin,dev,proc,sys,run,tmp,etc,b,var/log,var/lib/dpkg,mnt,usr}
cp "$(command -v busybox)" "$work/tree/bin/busybox" && cp -aL "$folder/." "$work/tree/b/" || exit 125
ln -s busybox "$work/tree/bin/sh"
# A program looks for its loader where it was linked to.
ln -s /b/lib "$work/tree/lib" && ln -s /b/lib "$work/tree/lib64"
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$work/tree/etc/passwd"
# What tests expect of any machine: files that all may read, and one that they may not.
echo vm >"$work/tree/etc/hostname"
: >"$work/tree/var/lib/dpkg/status"
: >"$work/tree/etc/shadow"
chmod 0600 "$work/tree/etc/shadow"
printf '%s\n' "$command" >"$work/tree/command"
cat >"$work/tree/init" <<'INIT'
#!/bin/sh
/bin/busybox --install -s /bin
export PATH=/bin:/b LD_LIBRARY_PATH=/b/lib HOME=/
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tracefs tracefs /sys/kernel/tracing
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs tmp /tmp
ip link set lo up
stty -F /dev/ttyS1 raw -echo
cd /b
sh /command </dev/null >/dev/ttyS1 2>&1
printf '\nVM-EXIT %s\n' $? >/dev/ttyS1
sync
poweroff -f
INIT
chmod +x "$work/tree/init"
(cd "$work/tree" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initrd" || exit 125

# One thread of emulation: with more, a guest that patches its own code may die at boot.
: >"$work/out"
timeout "${VM_LIMIT_S:-180}" qemu-system-x86_64 -machine q35 -accel tcg,thread=single -cpu max -smp 2 \
	-m "${VM_MEMORY:-2048}" -nodefaults -no-user-config -display none -monitor none -no-reboot \
	-kernel "$kernel" -initrd "$work/initrd" -append "console=ttyS0 panic=-1 quiet ${VM_APPEND:-}" \
	-serial "file:$work/console" -serial "file:$work/out" </dev/null >"$work/qemu" 2>&1
late=$?
tr -d '\r' <"$work/out" | grep -av '^VM-EXIT '
status=$(tr -d '\r' <"$work/out" | sed -n 's/^VM-EXIT //p' | tail -n 1)
[ -z "$status" ] || exit "$status"
tail -n 40 "$work/console" "$work/qemu" >&2
[ $late != 124 ] || exit 124
exit 125
