# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What tests, benches and the demo share; source it.

# wait_for SECONDS COMMAND...: until the command succeeds; its failure when it never does.
wait_for() {
	local tries=$(($1 * 20))
	shift
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# A TCP port that nobody listens at on 127.0.0.1, below those that connections are given. Who has a folder $dir of its
# own gets none twice: it may not be listened at yet.
free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + RANDOM % 12000))
		[ -z "${dir:-}" ] || mkdir "$dir/.port-$port" 2>/dev/null || continue
		(exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null || { echo $port && return; }
	done
	return 1
}

# made_up_card PREFIX: a 16-digit number that passes the check that shops make (Luhn): no test number, nobody's on purpose.
made_up_card() {
	local digits=$1 sum=0 i d
	while [ ${#digits} -lt 15 ]; do digits+=$((RANDOM % 10)); done
	for ((i = 0; i < 15; i++)); do
		d=${digits:i:1}
		if ((i % 2 == 0)); then d=$((d > 4 ? 2 * d - 9 : 2 * d)); fi
		sum=$((sum + d))
	done
	echo "$digits$(((10 - sum % 10) % 10))"
}

# Where PostgreSQL's programs are, or nothing.
postgres_folder() {
	local initdb
	initdb=$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -n 1)
	id postgres >/dev/null 2>&1 && [ -n "$initdb" ] && dirname "$initdb"
}

# as_postgres FOLDER COMMAND...: as that user, at home in the folder.
as_postgres() {
	setpriv --reuid postgres --regid postgres --clear-groups env HOME="$1" LC_ALL=C.UTF-8 "${@:2}"
}

# postgres_make PROGRAMS FOLDER: a database in FOLDER/data that logs all statements to standard error; its socket is there.
postgres_make() {
	mkdir "$2" && chown postgres "$2" &&
		as_postgres "$2" "$1/initdb" -D "$2/data" -A trust -E UTF8 --no-sync >/dev/null 2>&1 || return
	cat >>"$2/data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$2'
		log_statement = 'all'
		logging_collector = off
		fsync = off
	CONF
}
