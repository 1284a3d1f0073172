#!/bin/sh
# Clone this checkout, run `make demo` there with an empty environment, and fetch the first page.
# usage: fresh_clone.sh [--user USER] [--test]
#   --user USER  as another user, where root asks for it
#   --test       run `make test` in the same clone afterwards
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
user='' test=''
while [ $# -gt 0 ]; do
    case $1 in
        --user) user=$2; shift 2 ;;
        --test) test=1; shift ;;
        *) echo "usage: fresh_clone.sh [--user USER] [--test]" >&2; exit 2 ;;
    esac
done
place=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
git clone --quiet "$here" "$place/pochin"
run="env -i PATH=$PATH HOME=$place"
if [ -n "$user" ]; then
    chown -R "$user" "$place"
    run="setpriv --reuid $user --regid $(id -g "$user") --clear-groups $run"
fi
start=$(date +%s)
(cd "$place/pochin" && exec setsid $run make demo PORT="$port" >"$place/log" 2>&1) &
job=$!
stop() { kill -TERM -- -"$job" 2>/dev/null || kill "$job" 2>/dev/null || true; }
trap 'stop; sleep 2; rm -rf "$place"' EXIT
for _ in $(seq 1 300); do
    if python3 - "$port" <<'PY' 2>/dev/null
import sys, urllib.request
page = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=5).read().decode()
assert 'lang="ru"' in page and "<main" in page
PY
    then
        echo "The demonstration answered $(($(date +%s) - start)) s after the clone."
        [ -n "$test" ] || exit 0
        stop
        start=$(date +%s)
        (cd "$place/pochin" && $run make test)
        echo "The tests passed in $(($(date +%s) - start)) s."
        exit 0
    fi
    kill -0 "$job" 2>/dev/null || break
    sleep 1
done
cat "$place/log" >&2
echo "The demonstration did not answer." >&2
exit 1
