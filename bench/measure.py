"""Builds what is measured, prepares it, and runs the driver against it."""

import json
import os
import shutil
import string
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
STARTS = 5
OTHER = {"RS256": "ES256", "ES256": "RS256"}
# Argon2id as Signet does it by default, and the least there is, with which the rest of a login can be seen.
# The password is `correct-horse`, hashed here so that no start has to.
ARGON2 = {
    "signet": (19456, 2, "mQBA1NuYD2Ph2VFB05b1Ew$ch0jWkXUbfrQ6DhsbThxCQdHJQZPxtiRORKix2x6r5s"),
    "signet, cheapest hash": (8, 1, "nE9dtG896pDBV/0Qa7HDKQ$71+LcLLr48HR5CHkGzRujREaacdYAfh3uVNILuTjopk"),
}
# The relying party's public key; nobody has the private half.
RP_KEYS = (HERE / "rp-key.json").read_text().strip()
ENCRYPTED = "signet, encrypted ID tokens"
ENCRYPTION = f"""id_token_encrypted_response_alg = "RSA-OAEP-256"
id_token_encrypted_response_enc = "A256GCM"
jwks = {json.dumps(json.loads(RP_KEYS)).replace('": ', '" = ')}"""


def tools(options):
    """Signet, the machine's limits and the driver, as release builds."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    driver = HERE / "driver"
    if not options.no_build:
        wanted = ["--example", "limits"] if options.signet else ["--bin", "signet", "--example", "limits"]
        _cargo("build", "--release", "-p", "signet", "-p", "signet-server", *wanted)
        _cargo("build", "--release", "--manifest-path", driver / "Cargo.toml", "--target-dir", driver / "target")
    found = {
        "signet": options.signet.resolve() if options.signet else target / "release" / "signet",
        "limits": target / "release" / "examples" / "limits",
        "driver": driver / "target" / "release" / "opbench",
    }
    for path in found.values():
        if not path.exists():
            sys.exit(f"{path.name} is not built: leave out --no-build")
    return found


def _cargo(*arguments):
    if subprocess.run(["cargo", *map(str, arguments)], cwd=ROOT).returncode != 0:
        sys.exit("cargo could not build what is to be measured")


class Bench:
    """One run: its folder, what the targets find through the environment, and who gets which core."""

    def __init__(self, tools, folder, options):
        self.tools, self.folder, self.options = tools, folder, options
        self.environment = {"SIGNET": str(tools["signet"]), "LIMITS": str(tools["limits"]), "RP_KEYS": RP_KEYS}
        cores = sorted(os.sched_getaffinity(0))
        self.pinned = len(cores) > 1 and shutil.which("taskset") is not None
        self.server_core, self.driver_core = (cores[0], cores[1]) if self.pinned else (None, None)

    def prepare(self, algorithm):
        """Configurations of Signet, and stores in which the keys exist already."""
        for who, (memory, iterations, digest) in {**ARGON2, ENCRYPTED: ARGON2["signet"]}.items():
            home = self._case(who, algorithm)
            home.mkdir()
            values = {"alg": algorithm, "other": OTHER[algorithm], "memory_kib": memory, "iterations": iterations}
            values["encryption"] = ENCRYPTION if who == ENCRYPTED else ""
            text = string.Template((HERE / "signet.toml").read_text()).substitute(values)
            phc = f"$argon2id$v=19$m={memory},t={iterations},p=1${digest}"
            (home / "signet.toml").write_text(text + "".join(person(f"user{number}", phc) for number in range(64)))
            self._make_keys(home)

    def _case(self, who, algorithm):
        return self.folder / f"{who}-{algorithm}".replace(", ", "-").replace(" ", "-")

    def _make_keys(self, home):
        said = home / "first.log"
        with open(said, "w") as log:
            command = [self.tools["signet"], "serve", "--config", "signet.toml"]
            process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log)
            deadline = time.monotonic() + 30
            while "listening on " not in said.read_text():
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    sys.exit(f"Signet did not start: {said.read_text()}")
                time.sleep(0.02)
            process.terminate()
            process.wait(30)
        (home / "signet.db").rename(home / "fresh.db")

    def limits(self):
        """CPU milliseconds of a signature, a password check and a bare request."""
        command = [self.tools["limits"], "cpu"]
        if self.pinned:
            command = ["taskset", "-c", str(self.server_core), *command]
        figures = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        bare = [self._drive("limit", "discovery") for _ in range(self.options.rounds)]
        costs = sorted(run["results"][0]["server_cpu_ms_per_op"] for run in bare)
        return {**figures, "request": costs[len(costs) // 2]}

    def drive(self, who, algorithm):
        """One round against a freshly started server; its start is measured a few times more."""
        target = "signet" if who in ARGON2 else who
        self.environment.update(ALG=algorithm, CASE=str(self._case(who, algorithm)), ENCRYPTED="false")
        if who == "signet, cheapest hash":
            return self._drive(target, "login")
        starts = self._drive(target, "none", starts=STARTS)
        figures = self._drive(target, self.options.scenarios)
        figures["results"] += self._encrypted(target, algorithm)
        return {**figures, **{name: starts[name] for name in ("cold_start_ms", "rss_start_mib")}}

    def _encrypted(self, target, algorithm):
        """What hands out ID tokens once more, on a fresh server that encrypts them."""
        wanted = self.options.scenarios.split(",") if self.options.scenarios else ["sso", "refresh"]
        wanted = [name for name in wanted if name in ("sso", "refresh")]
        if not wanted:
            return []
        self.environment.update(CASE=str(self._case(ENCRYPTED, algorithm)), ENCRYPTED="true")
        figures = self._drive(target, ",".join(wanted))
        return [{**entry, "scenario": f"{entry['scenario']}, encrypted"} for entry in figures["results"]]

    def _drive(self, target, scenarios, starts=1):
        out = self.folder / "out.jsonl"
        out.unlink(missing_ok=True)
        pinned = ["taskset", "-c", str(self.driver_core)] if self.pinned else []
        command = [*pinned, str(self.tools["driver"]), "run", "--target", str(HERE / "targets" / f"{target}.toml")]
        command += ["--rounds", str(starts), "--secs", str(self.options.seconds), "--warmup", str(self.options.warmup)]
        command += ["--conns", str(self.options.connections), "--out", str(out)]
        command += ["--server-cpu", str(self.server_core) if self.pinned else "any"]
        command += ["--log", str(self.folder / f"{target}.log")]
        command += ["--scenarios", scenarios] if scenarios else []
        done = subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True)
        if done.returncode != 0 or not out.exists():
            sys.exit(f"{target}: {done.stderr.strip()}")
        return json.loads(out.read_text())


def person(name, phc):
    claims = f'name = "Alice Adams", preferred_username = "{name}", email = "{name}@example.com", email_verified = true'
    return f'\n[[users]]\nusername = "{name}"\npassword = "{phc}"\nclaims = {{ {claims} }}\n'
