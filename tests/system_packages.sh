#!/usr/bin/env bash
# Installs the system packages that some suites need, where that is possible.
# A suite whose tool stays missing is skipped by name (and fails with CI=true).
set -euo pipefail

declare -A package_of=([node]=nodejs [npm]=npm [redis-server]=redis-server)
missing=()
for tool in "${!package_of[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${package_of[$tool]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "missing: ${missing[*]} (install with: sudo apt-get install ${missing[*]}); their suites will be skipped" >&2
fi
