# Sourced by run and test: finds Python 3.11 or newer, keeps .venv at the locked requirements.

ensure_python() { # $1: the lock file
  python=.venv/bin/python
  wanted=$(cat "$1" | cksum)
  if [ -x "$python" ] && grep -qxF "$1 $wanted" .venv/installed 2>/dev/null; then
    return
  fi
  if [ ! -x "$python" ]; then
    make_venv
  fi
  echo "installing $1"
  install "$1" || {
    echo "Could not install $1. Is the network up? Then try again; rm -r .venv starts afresh." >&2
    return 1
  }
  echo "$1 $wanted" >>.venv/installed
}

install() {
  if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$python" --require-hashes -r "$1"
  else
    # A .venv that uv made has no pip.
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null || return 1
    "$python" -m pip install -qq --disable-pip-version-check --require-hashes -r "$1"
  fi
}

make_venv() {
  for candidate in python3.13 python3.12 python3.11 python3.14 python3 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$candidate" -m venv .venv 2>/dev/null && return
      rm -rf .venv
      echo "Python has no venv module. On Debian or Ubuntu: sudo apt install python3-venv" >&2
      exit 1
    fi
  done
  echo "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt install python3 python3-venv" >&2
  exit 1
}
