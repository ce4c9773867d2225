# Sourced by scripts/run, scripts/test and .ci/run, with $root set to the checkout.
# `prepare run` or `prepare test` returns once .venv holds the package and what it needs for that.

prepare() {
    # The stamp is what was installed, word for word: compared without starting Python, so a second call starts at once.
    if [ -x "$root/.venv/bin/python" ] &&
        { printf '%s\n' "$root" && cat "$root/setup.cfg" "$root/pyproject.toml"; } |
        cmp -s - "$root/.venv/.simcore-$1"; then
        return
    fi
    local python
    python=$(newest_python) || exit 1
    "$python" "$root/scripts/install.py" "$1" || exit 1
}

newest_python() {
    local candidate
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        # Only a candidate that really runs counts: version managers put shims on PATH for versions that they refuse to
        # start, and some distributions ship a Python without ensurepip.
        if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    echo "simcore needs Python 3.11 or newer with the modules venv and ensurepip; none was found on PATH" \
        "(on Debian or Ubuntu: apt install python3 python3-venv)" >&2
    return 1
}
