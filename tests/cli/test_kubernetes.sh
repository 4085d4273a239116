#!/bin/bash
# SPDX-License-Identifier: MIT
# deploy/kubernetes: kustomize takes it, and in a pod as the manifest makes one (its capabilities, mounts, read-only root,
# namespaces) the agent watches, names the pod that leaks, gives up its rights, passes its probe, and starts again.
# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
need_program python3
need_program jq
python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed: make deps"

as_json() { python3 -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))' "$1"; }
manifests=deploy/kubernetes
as_json $manifests/daemonset.yaml >"$dir/daemonset.json"
# spec FILTER: of the pod, as the test's own spec.
spec() { jq -er ".[0].spec.template.spec | $1" "$dir/daemonset.json"; }
quietly() { "$@" >"$dir/out" 2>"$dir/err"; }

if kubectl kustomize --help >/dev/null 2>&1; then
	kubectl kustomize $manifests >"$dir/all.yaml" 2>"$dir/err"
	check "kustomize takes it" [ $? = 0 ]
	as_json "$dir/all.yaml" >"$dir/all.json"
	config=$(jq -r '.[] | select(.kind == "ConfigMap") | .metadata.name' "$dir/all.json")
	check "the pods get the configuration" quietly jq -e --arg name "$config" '.[] | select(.kind == "DaemonSet") |
		any(.spec.template.spec.volumes[]; .configMap.name == $name)' "$dir/all.json"
	check "the image has the program's version" quietly jq -e --arg image "logspill:$(cat user/VERSION)" '.[] |
		select(.kind == "DaemonSet") | .spec.template.spec.containers[0].image == $image' "$dir/all.json"
	check "the namespace lets such pods in" quietly jq -e 'any(.[]; .kind == "Namespace" and
		.metadata.labels["pod-security.kubernetes.io/enforce"] == "privileged")' "$dir/all.json"
else
	echo "skip - kustomize: no kubectl"
fi
check "no token of the cluster is mounted" quietly spec '.automountServiceAccountToken == false'
check "no port is opened" quietly spec '[.containers[] | .ports // [] | .[]] == [] and (.hostNetwork | not)'
check "the host's files are read only, but for the agent's own" quietly spec '. as $pod | [.containers[0].volumeMounts[] |
	select(.readOnly | not) | .name] as $written | [$pod.volumes[] | select(.hostPath and IN(.name; $written[])) | .hostPath.path] ==
	["/var/lib/logspill"]'
check "each mount has its volume" quietly spec '[.volumes[].name] as $names | .containers[0].volumeMounts | all(IN(.name; $names[]))'
spill agent --check-config --config $manifests/logspill.yaml
check "the configuration has no mistake" status_is 0

need_watch
need_program setpriv
need_program curl
need_program ip
v2=$(sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo | head -n 1)
[ -n "$v2" ] || skip_all "cgroup v2 is not mounted"

# A pod of some shop, as the kubelet makes one, but for the name of the slice.
uid=5c1d8a52-0b7e-4c7e-9f0a-3d1c$(printf '%08d' $$)
id=$(printf '%064d' $$)
slice=kubepods$$.slice
group=$v2/$slice/kubepods-burstable-pod${uid//-/_}.slice/cri-containerd-$id.scope
mkdir -p "$group" "$dir/pods/shop_cart-7d_$uid" "$dir/containers"
touch "$dir/containers/cart-7d_shop_cart-$id.log"
remove_groups() {
	local folder=$group
	while [ "$folder" != "$v2" ] && rmdir "$folder"; do folder=$(dirname "$folder"); done
} 2>/dev/null
on_exit+=(remove_groups)

# The root of the image: this one, beneath what is put in it.
mkdir "$dir/layers" "$dir/state" "$dir/config"
sed "s/kubepods.slice/$slice/" $manifests/logspill.yaml >"$dir/config/logspill.yaml"
cat >"$dir/pod.sh" <<'POD'
set -e
dir=$1 program=$2 rules=$3 capabilities=$4
shift 4
mount -t tmpfs none "$dir/layers"
mkdir "$dir/layers/upper" "$dir/layers/work" "$dir/layers/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/layers/upper,workdir=$dir/layers/work" "$dir/layers/root"
root=$dir/layers/root
install -D "$program" "$root/usr/bin/logspill"
mkdir -p "$root/usr/share/logspill"
cp -r "$rules" "$root/usr/share/logspill/"
chmod -R a+rX "$root/usr/share/logspill"
for each in proc sys dev; do mount --rbind "/$each" "$root/$each"; done
# "FOLDER PLACE rw|ro" each
while [ $# -gt 0 ]; do
	mkdir -p "$root/$2"
	mount --rbind "$1" "$root/$2"
	[ "$3" = rw ] || mount -o remount,bind,ro "$root/$2"
	shift 3
done
ip link set lo up
mkdir -p "$root/.old"
mount -o remount,ro "$root"
cd "$root"
pivot_root . .old
umount -l /.old
exec setpriv --no-new-privs --inh-caps=-all --bounding-set="-all,$capabilities" \
	env -i PATH=/usr/bin:/bin /usr/bin/logspill agent --config /etc/logspill/logspill.yaml
POD

# What the volumes are here.
mounts=()
while read -r name path mode; do
	case $name in
	config | state | pods | containers) mounts+=("$dir/$name" "$path" "$mode") ;;
	cache) mkdir -p "$dir/cache" && mounts+=("$dir/cache" "$path" "$mode") ;;
	cgroup) mounts+=("$path" "$path" "$mode") ;;
	*) not_ok "a mount that the test does not know: $name" ;;
	esac
done < <(spec '.containers[0].volumeMounts[] | "\(.name) \(.mountPath) \(if .readOnly then "ro" else "rw" end)"')
capabilities=$(spec '[.containers[0].securityContext.capabilities.add[] | "+" + ascii_downcase] | join(",")')

start_pod() {
	: >"$dir/err"
	unshare -m -n -C --propagation private bash "$dir/pod.sh" "$dir" "$logspill" "$PWD/rules" "$capabilities" "${mounts[@]}" \
		>"$dir/out" 2>"$dir/err" </dev/null &
	pod=$!
}
end_pod() { kill $pod 2>/dev/null; }
on_exit+=(end_pod)
in_pod() { nsenter -t $pod -n "$@" 2>/dev/null; }
probe() {
	local command
	mapfile -t command < <(spec '.containers[0].livenessProbe.exec.command[]')
	in_pod "${command[@]}"
}
findings() { in_pod curl -s -m 5 http://127.0.0.1:10532/api/v1/findings; }
leaks() { bash -c "echo \$\$ >$group/cgroup.procs && echo 'signup of maija.korhonen@kuusikoti.fi' >>$dir/shop.log"; }
named() { findings | any_line cart-7d; }

start_pod
check "in such a pod it watches" wait_for 30 said 'watching 1 targets'
check "its probe is passed" wait_for 20 probe
leaks
check "a leak in another pod is found, with that pod's name" wait_for 20 named
check "then it has the two capabilities for /proc alone" grep -q '^CapEff:.*0000000000080004' /proc/$pod/status
check "and can get no other back" grep -q '^CapBnd:.*0000000000000000' /proc/$pod/status
check "and is not root" not grep -q '^Uid:.0' /proc/$pod/status
kill $pod
status=0
wait $pod || status=$?
check "told to end, it ends: 0" status_is 0
check "without it the probe fails" not probe
start_pod
check "it starts again over what it left" wait_for 30 said 'watching 1 targets'
leaks
check "and still knows the finding" wait_for 20 named
finish
