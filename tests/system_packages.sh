#!/usr/bin/env bash
# Installs the system packages that some suites need, where that is possible.
# A suite whose tool stays missing is skipped by name (and fails with CI=true).
set -euo pipefail

# Debian keeps the programs of a PostgreSQL server off the PATH.
for programs in /usr/lib/postgresql/*/bin; do PATH="$PATH:$programs"; done
missing=()
for tool in curl:curl chromium:chromium redis-server:redis-server initdb:postgresql \
    java:openjdk-17-jre-headless; do
    command -v "${tool%:*}" >/dev/null || missing+=("${tool#*:}")
done
# The widest of the usual fonts, in which the page must not scroll sideways.
[ -n "$(fc-list "DejaVu Sans" 2>/dev/null)" ] || missing+=(fonts-dejavu-core)
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing what the tests need of the system: ${missing[*]}"
    apt-get update -qq
    # One by one: a distribution that lacks one of them (Ubuntu has no chromium package) still gets the others.
    for package in "${missing[@]}"; do
        echo "  $package"
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            echo "$package could not be installed; its suite will be skipped" >&2
    done
else
    cat >&2 <<END
missing: ${missing[*]}
Only root may install them (on Debian and Ubuntu: sudo apt-get install ${missing[*]}).
The tests that need them will be skipped, and say so; with CI=true they fail.
END
fi
