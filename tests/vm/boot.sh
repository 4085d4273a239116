#!/bin/bash
# SPDX-License-Identifier: MIT
# Boots a kernel in QEMU with a throw-away root file system of busybox and a folder, which is /b there; runs a command
# in it as root, prints what it prints, and ends as it does (124: too slow, 125: the machine did not come up).
#
#   tests/vm/boot.sh KERNEL FOLDER COMMAND
#
# KERNEL: a vmlinuz, or a .deb that holds one; for arm64 if its name says so. FOLDER holds a static busybox, too.
# VM_MEMORY=3072 (MiB)  VM_LIMIT_S=180  VM_APPEND='more kernel arguments'. Times in there mean nothing: it is emulated.
set -uo pipefail
[ $# = 3 ] || { sed -n 3,9p "$0"; exit 2; }
kernel=$1 folder=$2 command=$3
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
# x86-64 has one thread of emulation: with more, a guest that patches its own code may die at boot. And it has no
# "fast" string instructions: they are emulated byte by byte, and kernels that are told of them clear each page so, two
# thirds of a test's time.
case $(basename "$kernel") in
*arm64*)
	machine=(qemu-system-aarch64 -machine virt -cpu "max,pauth-impdef=on" -accel tcg)
	out=ttyS0 console=ttyAMA0
	;;
*)
	machine=(qemu-system-x86_64 -machine q35 -cpu "max,erms=off,fsrm=off" -accel "tcg,thread=single")
	out=ttyS1 console=ttyS0
	;;
esac
for tool in "${machine[0]}" cpio; do
	command -v "$tool" >/dev/null || { echo "$tool is not installed: tests/deps.sh vm" >&2; exit 125; }
done

case $kernel in *.deb)
	dpkg-deb --fsys-tarfile "$kernel" | tar -x -C "$work" --wildcards '*/vmlinuz*' || exit 125
	kernel=$(find "$work" -type f -name 'vmlinuz*' | head -n 1)
	;;
esac

mkdir -p "$work"/tree/{bin,dev,proc,sys,run,tmp,etc,b,var/log,var/lib/dpkg,mnt,usr}
cp -aL "$folder/." "$work/tree/b/" && cp "$folder/busybox" "$work/tree/bin/" || exit 125
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
printf '%s\n' "$out" >"$work/tree/out"
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
out=/dev/$(cat /out)
stty -F $out raw -echo
cd /b
sh /command </dev/null >$out 2>&1
printf '\nVM-EXIT %s\n' $? >$out
sync
poweroff -f
INIT
chmod +x "$work/tree/init"
(cd "$work/tree" && find . | cpio -o -H newc --quiet) >"$work/initrd" || exit 125

: >"$work/out"
timeout "${VM_LIMIT_S:-180}" "${machine[@]}" -smp 2 -m "${VM_MEMORY:-3072}" -nodefaults -no-user-config \
	-display none -monitor none -no-reboot -kernel "$kernel" -initrd "$work/initrd" \
	-append "console=$console panic=-1 quiet ${VM_APPEND:-}" -serial "file:$work/console" \
	-chardev "file,id=out,path=$work/out" -device pci-serial,chardev=out </dev/null >"$work/qemu" 2>&1
late=$?
tr -d '\r' <"$work/out" | grep -av '^VM-EXIT '
status=$(tr -d '\r' <"$work/out" | sed -n 's/^VM-EXIT //p' | tail -n 1)
[ -z "$status" ] || exit "$status"
tail -n 40 "$work/console" "$work/qemu" >&2
[ $late != 124 ] || exit 124
exit 125
