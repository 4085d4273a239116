#!/bin/bash
# SPDX-License-Identifier: MIT
# Installs what building, testing, the benches or the demo need, from the distribution's packages: only what is
# missing, and without starting a service.
#
#   tests/deps.sh build|test|package|bench|demo|vm|fuzz|coverage|memcheck ...
#   tests/deps.sh --list GROUP...                  names them only
#   tests/deps.sh --versions GROUP...              and says which version is installed
#   tests/deps.sh --mirror                         where this machine's apt has its distribution from
set -euo pipefail

# Hyperscan exists for amd64 only; Vectorscan is the same library for the rest.
hyperscan() {
	if [ "$(dpkg --print-architecture)" = amd64 ]; then echo libhyperscan-dev; else echo libvectorscan-dev; fi
}

# One line a package: its name, then why.
packages_build() {
	cat <<-LIST
		gcc compiles the program
		libc6-dev headers of the C library
		clang compiles the kernel side to BPF
		bpftool links the BPF objects and makes the skeleton
		libbpf-dev loads and attaches the BPF programs
		libelf-dev reads BPF objects, for libbpf
		libdw-dev unwinds and names the stacks of writes
		zlib1g-dev for libbpf, and reads gzip files
		libzstd-dev reads zstd files
		$(hyperscan) finds anchors of rules in log lines
		libfyaml-dev reads rule files and configuration
		libsqlite3-dev what the agent remembers
		libcap-ng-dev gives up capabilities
		libseccomp-dev gives up system calls
		libjansson-dev writes and reads JSON
		libsystemd-dev the event loop
		libsodium-dev keyed fingerprints
		libxxhash-dev fast hashes
		libncurses-dev the table on a terminal
		libcurl4-gnutls-dev requests of outputs over HTTP; loaded when one is configured
		libgnutls28-dev syslog over TLS
		libmicrohttpd-dev serves metrics and the API
		librdkafka-dev events to Kafka; without it that output is left out
	LIST
}

packages_test() {
	cat <<-LIST
		libcmocka-dev runs the unit tests
		libpcre2-dev a second opinion on what the shapes of rules match
		g++ compiles a program that leaks from C++
		liburing-dev writes through io_uring, for tests
		clang-format checks the layout of the sources
		shellcheck checks the scripts
		sqlite3 asks the store of the agent what is in it
		procps pgrep and ps, for scripts that watch processes
		chromium prints the decision memo, and looks at the agent's page
		chromium-driver lets a test use it
		tmux a terminal for the table of a watch
		jq reads the JSON that the program writes
		yq reads the YAML of examples
		golang-go a program that logs, watched by a test
		python3 a program that logs, watched by a test
		python3-pytest the example of a privacy test
		nodejs a program that logs, watched by a test
		default-jdk-headless a program that logs, watched by a test
		postgresql a server that logs, watched by a test
		nginx a server that logs, watched by a test
		curl sends requests to it
		prometheus scrapes, evaluates and checks metrics and rules
		prometheus-alertmanager takes alerts
		rsyslog takes syslog messages
		rsyslog-gnutls and over TLS
		openssl makes certificates
		python3-jsonschema holds what comes out against the schema
		logrotate rotates a log that is watched
		python3-yaml reads configuration that the program writes
		luajit runs what Fluent Bit is given to take values out
		gdb makes a core on purpose
		ripgrep has the patterns that Vector has
		lnav reads findings
		iproute2 a network for a pod of a test
	LIST
}

packages_package() {
	cat <<-LIST
		debhelper makes the Debian package
		lintian finds fault with it
		debootstrap makes a clean system to install it in
	LIST
}

packages_bench() {
	cat <<-LIST
		bpftrace a peer to measure against
		linux-perf a peer to measure against
		strace a peer to measure against
		ripgrep a peer to measure against
		nginx a server to be watched
		postgresql a server to be watched
		wrk sends requests to it
		gnuplot-nox draws the pictures
		jq keeps the figures
		python3 makes up that fleet
		prometheus holds a fleet that a gate asks about
	LIST
}

packages_vm() {
	cat <<-LIST
		qemu-system-x86 boots other kernels
		qemu-system-arm and those of arm64
		gcc-aarch64-linux-gnu compiles the program for arm64
		libc6-dev-arm64-cross headers of the C library there
		busybox-static is the rest of such a machine
		cpio packs its files
	LIST
}

packages_fuzz() {
	cat <<-LIST
		libclang-rt-dev the fuzzer and the sanitizers of clang
	LIST
}

packages_coverage() {
	cat <<-LIST
		gcovr adds up what lines were run
	LIST
}

packages_memcheck() {
	cat <<-LIST
		valgrind watches every access to memory
	LIST
}

packages_demo() {
	cat <<-LIST
		nginx the server that is watched
		curl sends requests to it
		prometheus reads the metrics of the agent
		prometheus-alertmanager takes the alerts of the agent
		jq reads what it has of them
	LIST
}

# Whatever the machine uses: its release's own packages, neither updates nor somebody else's.
mirror() {
	local codename
	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" 'Component: main' | head -n 1
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

policy=/usr/sbin/policy-rc.d
policy_mark='# temporary: logspill tests/deps.sh'
createcluster=/etc/postgresql-common/createcluster.conf
work=

# Whatever happens, the machine's settings end as they were.
cleanup() {
	if grep -qsF "$policy_mark" $policy; then rm -f $policy; fi
	if [ -s "$work/createcluster.conf" ]; then cat "$work/createcluster.conf" >$createcluster; fi
	rm -rf "$work"
}

# Maintainer scripts ask policy-rc.d before they start a service; 101 forbids it. One that exists is the
# administrator's, and stays in charge.
forbid_services() {
	[ ! -e $policy ] || return 0
	printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >$policy
	chmod 755 $policy
}

apt_get() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@" \
		>>"$work/log" 2>&1 </dev/null
}

# Lists may be absent or stale: only then are they fetched.
install() {
	apt_get install --no-install-recommends "$@" && return
	echo "  fetching the package lists"
	if ! { apt_get update && apt_get install --no-install-recommends "$@"; }; then
		tail -n 20 "$work/log" >&2
		echo "deps: could not install: $*" >&2
		return 1
	fi
}

# A new PostgreSQL comes with a cluster that starts at boot, unless its settings, which come with postgresql-common,
# say otherwise.
install_postgresql() {
	install postgresql-common
	cp $createcluster "$work/createcluster.conf"
	echo 'create_main_cluster = false' >>$createcluster
	install postgresql
}

install_missing() {
	[ "$(id -u)" = 0 ] || {
		echo "deps: not root, so run this as root: apt-get install --no-install-recommends $*" >&2
		return 1
	}
	exec 9>/run/lock/logspill-deps
	flock 9
	work=$(mktemp -d)
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	forbid_services
	case " $* " in *" postgresql "*) install_postgresql ;; esac
	install "$@"
	# Nor shall a web server that nobody asked for come up at the next boot.
	case " $* " in *" nginx "*) update-rc.d nginx disable >>"$work/log" 2>&1 || true ;; esac
}

# "name why" for each package of the groups.
packages() {
	local group
	for group in "$@"; do
		declare -F "packages_$group" >/dev/null || {
			echo "usage: tests/deps.sh [--list|--versions] build|test|package|bench|demo|vm|fuzz|coverage|memcheck ..." >&2
			return 2
		}
		"packages_$group"
	done
}

main() {
	local missing=() list name why
	if [ "${1-}" = --list ]; then
		packages "${@:2}" | cut -d ' ' -f 1
		return
	fi
	if [ "${1-}" = --versions ]; then
		packages "${@:2}" | cut -d ' ' -f 1 | sort -u | xargs dpkg-query -W -f '${Package} ${Version}\n'
		return
	fi
	if [ "${1-}" = --mirror ]; then
		mirror
		return
	fi
	command -v dpkg-query >/dev/null || {
		echo "deps: this is not Debian or like it: packages are not checked" >&2
		return 0
	}
	list=$(packages "$@")
	while read -r name why; do
		case " ${missing[*]} " in *" $name "*) continue ;; esac
		installed "$name" && continue
		[ ${#missing[@]} -gt 0 ] || echo "Installing from the distribution, starting no service:"
		printf '  %-22s %s\n' "$name" "$why"
		missing+=("$name")
	done < <(printf '%s\n' "$list" | sed '/^$/d')
	[ ${#missing[@]} = 0 ] || install_missing "${missing[@]}"
}

main "$@"
