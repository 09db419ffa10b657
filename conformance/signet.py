"""Signet itself: its certificate, its configuration, its process, its keys."""

import json
import secrets
import shutil
import socket
import ssl
import string
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
START_SECONDS = 60
ROTATE_SECONDS = 30


# Every server that runs now, so that a runner that is ended can end them.
_running = set()
_ended = threading.Event()


def end_all():
    """Ends every server, and keeps others from being started; their folders go too."""
    _ended.set()
    for signet in list(_running):
        signet.__exit__()
        shutil.rmtree(signet.folder, ignore_errors=True)


class SignetError(Exception):
    """Signet did not start, or stopped by itself."""


class Signet:
    """One `signet serve` on a free port of loopback; a context manager that ends it."""

    def __init__(self, binary, folder, log, plan, clients, suite_certificate):
        self.binary, self.folder, self._log_path = binary, folder, log
        self.username, self.password = "diana", secrets.token_urlsafe(12)
        self.clients = clients
        self.starts = 0
        self._process = None
        self._starting = threading.Lock()
        port = _free_port()
        self.issuer = f"https://localhost:{port}{plan.path}"
        (folder / "suite.pem").write_text(suite_certificate)
        _make_certificate(folder / "signet.pem", folder / "signet.key")
        text = string.Template((HERE / plan.template).read_text()).substitute(
            issuer=self.issuer,
            port=port,
            folder=folder,
            certificate=folder / "signet.pem",
            key=folder / "signet.key",
            suite_certificate=folder / "suite.pem",
            username=self.username,
            password=self.password,
        )
        self._config = folder / "signet.toml"
        self._config.write_text(text + "".join(_toml_client(client) for client in clients))

    def __enter__(self):
        self._log = open(self._log_path, "w")
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        _running.discard(self)
        if self._process:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def revive(self):
        """Starts it again when it has stopped, so that the modules after the one that stopped it can run."""
        with self._starting:
            if not self.alive():
                self._start()

    def alive(self):
        """Whether the process still runs."""
        return self._process.poll() is None

    def said(self):
        """What the process has written so far."""
        return self._log_path.read_text(errors="replace")

    def rotate_keys(self):
        """New signing keys by `signet key rotate`; returns when the key set at `jwks_uri` shows one."""
        before = self._published_kids()
        command = [str(self.binary), "key", "rotate", "--config", str(self._config)]
        rotated = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if rotated.returncode != 0:
            raise SignetError(f"signet key rotate failed: {rotated.stderr or rotated.stdout}")
        deadline = time.monotonic() + ROTATE_SECONDS
        while not self._published_kids() - before:
            if time.monotonic() > deadline:
                raise SignetError(f"no new key at jwks_uri within {ROTATE_SECONDS} s of signet key rotate")
            time.sleep(0.2)

    def _start(self):
        if _ended.is_set():
            raise SignetError("the run was ended")
        said = len(self.said())
        command = [str(self.binary), "serve", "--config", str(self._config)]
        self._process = subprocess.Popen(command, cwd=self.folder, stdout=self._log, stderr=self._log)
        _running.add(self)
        self.starts += 1
        deadline = time.monotonic() + START_SECONDS
        while "listening on " not in self.said()[said:]:
            if not self.alive():
                raise SignetError(f"{self.binary} serve stopped: {self.said()[-2000:]}")
            if time.monotonic() > deadline:
                raise SignetError(f"{self.binary} serve was not ready in {START_SECONDS} s: {self.said()[-2000:]}")
            time.sleep(0.05)

    def _published_kids(self):
        jwks_uri = self._fetch(f"{self.issuer}/.well-known/openid-configuration")["jwks_uri"]
        return {key["kid"] for key in self._fetch(jwks_uri)["keys"]}

    def _fetch(self, url):
        trusted = ssl.create_default_context(cafile=self.folder / "signet.pem")
        try:
            with urllib.request.urlopen(url, timeout=10, context=trusted) as answer:
                return json.load(answer)
        except (OSError, ValueError) as error:
            raise SignetError(f"GET {url}: {error}") from error


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _make_certificate(certificate, key):
    command = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        *("-addext", "basicConstraints=critical,CA:FALSE"),
        *("-out", str(certificate), "-keyout", str(key)),
    ]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode != 0:
        raise SignetError(f"openssl could not make a certificate: {made.stderr}")


def _toml_client(client):
    lines = [f"{json.dumps(key)} = {_toml(value)}" for key, value in client.items()]
    return "\n[[clients]]\n" + "\n".join(lines) + "\n"


def _toml(value):
    """A JSON value in TOML; strings, numbers and booleans are written the same."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml(member)}" for key, member in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
