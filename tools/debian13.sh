#!/bin/sh
# Debian 13 in a folder: a fresh clone there, as an ordinary user and with an empty environment,
# serves the demonstration and passes the tests. Needs root and the network; not a part of CI.
# usage: debian13.sh [FOLDER] [options of fresh_clone.sh]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in --*|'') folder=/var/tmp/pochin-debian13 ;; *) folder=$1; shift ;; esac
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo "debian13.sh makes a system in a folder: run it as root." >&2; exit 2; }
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
if [ ! -e "$folder/done" ]; then
    debootstrap --variant=minbase --include=ca-certificates,git,make,python3,python3-venv,tzdata \
        trixie "$folder" "$mirror" >"$folder.log" 2>&1 || { tail "$folder.log" >&2; exit 1; }
    chroot "$folder" useradd --create-home visitor
    touch "$folder/done"
fi
# How this machine reaches the network holds in the folder too.
cp /etc/resolv.conf "$folder/etc/resolv.conf"
cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/ca-certificates.crt"
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$folder/etc/pip.conf"
trap 'umount "$folder/proc" "$folder/dev" 2>/dev/null || true' EXIT
mountpoint -q "$folder/proc" || mount -t proc proc "$folder/proc"
mountpoint -q "$folder/dev" || mount --bind /dev "$folder/dev"
rm -rf "$folder/home/visitor/pochin"
git clone --quiet "$here" "$folder/home/visitor/pochin"
chroot "$folder" chown -R visitor /home/visitor/pochin
chroot "$folder" python3 --version
chroot --userspec=visitor:visitor "$folder" env -i PATH=/usr/bin:/bin HOME=/home/visitor \
    sh /home/visitor/pochin/tools/fresh_clone.sh "$@"
