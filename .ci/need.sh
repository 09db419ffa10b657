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
