#!/bin/bash
# SPDX-License-Identifier: MIT
# What other machines need, from the mirror that this machine's own apt uses: releases before and after this one have
# other kernels, arm64 has other libraries. The lists are its own, and fetched again after a week; nothing is installed.
#
#   tests/vm/apt.sh FOLDER apt-get|apt-cache ARGUMENT...
set -euo pipefail
mkdir -p "$1"/{lists,archives}/partial && apt=$(cd "$1" && pwd)
shift
key=/usr/share/keyrings/debian-archive-keyring.gpg

# shellcheck disable=SC2016 # apt's own words
uri() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" | head -n 1; }

if [ -z "$(find "$apt/sources.list" -mtime -7 2>/dev/null)" ]; then
	{
		for suite in bullseye bookworm trixie trixie-backports; do
			echo "deb [signed-by=$key] $(uri Debian) $suite main"
		done
		for suite in bullseye bookworm; do
			echo "deb [signed-by=$key] $(uri Debian-Security) $suite-security main"
		done
	} >"$apt/new"
	: >"$apt/status"
	cat >"$apt/apt.conf" <<-CONF
		APT::Architectures { "amd64"; "arm64"; };
		Dir::State "$apt";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "/nonexistent";
		Acquire::Languages "none";
		APT::Sandbox::User "root";
	CONF
	APT_CONFIG=$apt/apt.conf apt-get -qq -o Dir::Etc::sourcelist="$apt/new" update
	mv "$apt/new" "$apt/sources.list"
fi
APT_CONFIG=$apt/apt.conf "$@"
