"""Signet itself: its certificate, its configuration, its process."""

import json
import secrets
import socket
import string
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
START_SECONDS = 30


class SignetError(Exception):
    """Signet did not start, or stopped by itself."""


class Signet:
    """One `signet serve` on a free port of loopback; a context manager that ends it."""

    def __init__(self, binary, folder, template, clients, suite_certificate):
        self.binary, self.folder = binary, folder
        self.username, self.password = "diana", secrets.token_urlsafe(12)
        self.clients = clients
        port = _free_port()
        self.issuer = f"https://localhost:{port}"
        (folder / "suite.pem").write_text(suite_certificate)
        _make_certificate(folder / "signet.pem", folder / "signet.key")
        text = string.Template((HERE / template).read_text()).substitute(
            issuer=self.issuer,
            port=port,
            certificate=folder / "signet.pem",
            key=folder / "signet.key",
            suite_certificate=folder / "suite.pem",
            username=self.username,
            password=self.password,
        )
        (folder / "signet.toml").write_text(text + "".join(_toml_client(client) for client in clients))

    def __enter__(self):
        self._log = open(self.folder / "signet.log", "w")
        command = [str(self.binary), "serve", "--config", str(self.folder / "signet.toml")]
        self._process = subprocess.Popen(command, cwd=self.folder, stdout=self._log, stderr=self._log)
        try:
            self._await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def alive(self):
        """Whether the process still runs."""
        return self._process.poll() is None

    def said(self):
        """What the process has written so far."""
        return (self.folder / "signet.log").read_text(errors="replace")

    def _await_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while "listening on " not in self.said():
            if not self.alive():
                raise SignetError(f"{self.binary} serve stopped: {self.said()[-2000:]}")
            if time.monotonic() > deadline:
                raise SignetError(f"{self.binary} serve was not ready in {START_SECONDS} s: {self.said()[-2000:]}")
            time.sleep(0.05)


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
    # Strings, booleans and lists of strings are written the same in JSON and TOML.
    lines = [f"{key} = {json.dumps(value)}" for key, value in client.items()]
    return "\n[[clients]]\n" + "\n".join(lines) + "\n"
