#!/bin/sh
# usage: bootstrap.sh VENV LOCK STAMP - make VENV if missing and bring it to LOCK (uv when it works, else pip).
set -eu
venv=$1 lock=$2 stamp=$3 py=${PYTHON:-python3}
here=$(dirname "$lock")
"$py" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Pochin needs Python 3.11 or newer; this is $("$py" --version)." >&2; exit 1; }
if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$py" -m venv --clear "$venv" || {
        echo "python3 -m venv failed: on Debian or Ubuntu run 'apt-get install python3-venv' as root, then try again." >&2; exit 1; }
fi
pip="$venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes"
if ! "$venv/bin/uv" --version >/dev/null 2>&1; then
    $pip -r "$here/uv.lock" || echo "uv is not to be had here; pip will do." >&2
fi
# --system-certs: uv has a certificate list of its own and would fail behind a company's TLS proxy.
if ! "$venv/bin/uv" pip install --quiet --system-certs --require-hashes --python "$venv/bin/python" -r "$lock" 2>"$venv/uv.log"; then
    cat "$venv/uv.log" >&2; echo "uv did not succeed; trying pip." >&2
    $pip -r "$lock"
fi
# The console script `pochin`: this checkout, editable, built by the locked flit-core without a download.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e . >/dev/null
touch "$stamp"
