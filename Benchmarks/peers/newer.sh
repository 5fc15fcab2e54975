#!/bin/bash
# Brings newer versions of the peers than Debian 12's: Debian 13's, unpacked into a directory of their own (half a minute, ~500 MB).
# The benches run them from there with --newer, with that directory's own loader and libraries; nothing of the machine changes.
set -euo pipefail
dir=${1:-${BENCH_NEWER:-${BENCH_SCRATCH:-${TMPDIR:-/tmp}/dogwatch-peers}/newer}}
# The mirror that this machine's apt already uses.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE)' 2>/dev/null | head -n 1)}
[ -x "$dir/usr/bin/victoria-metrics" ] && exit 0
command -v debootstrap > /dev/null || DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends debootstrap > /dev/null
rm -rf "$dir"; mkdir -p "$dir"
debootstrap --variant=minbase trixie "$dir" "$mirror" > /dev/null
# the two servers' packages want a full system around them: unpacked only
cd "$dir/var/cache/apt/archives"
for p in prometheus victoria-metrics; do
    chroot "$dir" sh -c "cd /var/cache/apt/archives && apt-get -o APT::Sandbox::User=root download -q $p" > /dev/null
    dpkg-deb -x "$dir"/var/cache/apt/archives/${p}_*.deb "$dir"
done
