"""Other providers, installed from their registries into a folder of their own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = ["node-oidc-provider"]


def install(name):
    """Brings a peer into the cache; returns the environment by which its target finds it."""
    home = Path(os.environ.get("PEERS", HERE / ".cache" / "peers")).resolve() / name
    home.mkdir(parents=True, exist_ok=True)
    source = HERE / "peers" / name
    lock = home / "package-lock.json"
    fresh = lock.exists() and lock.read_bytes() == (source / "package-lock.json").read_bytes()
    for file in source.iterdir():
        shutil.copy(file, home / file.name)
    if not (fresh and _node(home).exists()):
        if not shutil.which("npm"):
            sys.exit("npm is missing: it installs the peer from its registry (or run with --peer none)")
        done = subprocess.run(["npm", "ci", "--no-fund", "--no-audit"], cwd=home, capture_output=True, text=True)
        if done.returncode != 0 or not _node(home).exists():
            lock.unlink(missing_ok=True)
            sys.exit(f"npm could not install {name}: {done.stderr.strip() or done.stdout.strip()}")
    return {"PEER_NODE_OIDC_PROVIDER": str(home)}


def version(name, environment):
    """How the report names it."""
    home = Path(environment["PEER_NODE_OIDC_PROVIDER"])
    package = json.loads((home / "node_modules" / "oidc-provider" / "package.json").read_text())
    node = subprocess.run([_node(home), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{name} {package['version']} on Node {node}"


def _node(home):
    return home / "node_modules" / "node" / "bin" / "node"
