#!/usr/bin/env bash
# Installs the system packages that some suites need, where that is possible.
# A suite whose tool stays missing is skipped by name (and fails with CI=true).
set -euo pipefail

declare -A package_of=(
    [node]=nodejs [npm]=npm [redis-server]=redis-server [initdb]=postgresql [java]=openjdk-17-jre-headless
    [chromium]=chromium
)
# Debian keeps the programs of a PostgreSQL server off the PATH.
for programs in /usr/lib/postgresql/*/bin; do PATH="$PATH:$programs"; done
missing=()
for tool in "${!package_of[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # One by one: a distribution that lacks one of them (Ubuntu has no chromium package) still gets the others.
    for package in "${missing[@]}"; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            echo "$package could not be installed; its suite will be skipped" >&2
    done
else
    echo "missing: ${missing[*]} (install with: sudo apt-get install ${missing[*]}); their suites will be skipped" >&2
fi
