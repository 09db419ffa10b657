"""The conformance suite's HTTP API, as far as running plans needs it."""

import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

ENDED = ("FINISHED", "INTERRUPTED")


class SuiteError(Exception):
    """The suite could not be reached, or refused a call."""


class Suite:
    """A running suite in development mode, where no token is asked for."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        # The suite runs beside us with a certificate nobody signed; nothing secret is sent to it.
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    def version(self):
        """The suite's version, which also tells that it is up."""
        return self._call("GET", "server").get("version", "unknown")

    def certificate(self):
        """The suite's TLS certificate as PEM: Signet has to trust it to fetch what the suite offers."""
        parts = urllib.parse.urlsplit(self.url)
        return ssl.get_server_certificate((parts.hostname, parts.port or 443))

    def create_plan(self, name, variant, configuration):
        """A new plan: its id and its modules, in order."""
        query = {"planName": name, "variant": json.dumps(variant)}
        return self._call("POST", "plan", query, configuration)

    def create(self, plan_id, module):
        """Makes a run of one module of a plan and gives the run's id; nearly all modules start by themselves."""
        query = {"test": module["testModule"], "plan": plan_id}
        if module.get("variant"):
            query["variant"] = json.dumps(module["variant"])
        return self._call("POST", "runner", query)["id"]

    def start(self, run_id):
        """Starts a run that waits to be told."""
        self._call("POST", f"runner/{run_id}")

    def wait(self, run_id, seconds, states=ENDED):
        """Waits until a run has come to one of these states, or has ended; its last state otherwise."""
        states = {*states, *ENDED}
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            query = {"states": ",".join(states), "timeoutMs": int(min(left, 25) * 1000)}
            answer = self._call("GET", f"runner/{run_id}/wait-state", query)
            if answer.get("state") in states:
                return answer["state"]
        return self.info(run_id)["status"]

    def info(self, run_id):
        """Status and result of a run."""
        return self._call("GET", f"info/{run_id}")

    def log(self, run_id):
        """Every entry of a run's log."""
        return self._call("GET", f"log/{run_id}")

    def unvisited(self, run_id):
        """URLs that no browser rule matched, so that nobody visits them."""
        return self._call("GET", f"runner/browser/{run_id}").get("urls", [])

    def cancel(self, run_id):
        """Stops a run that will not end by itself."""
        self._call("DELETE", f"runner/{run_id}")

    def _call(self, method, path, query=None, body=None):
        url = f"{self.url}/api/{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self._tls) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise SuiteError(f"{method} {url}: {error.code} {error.read().decode(errors='replace')[:300]}") from error
        except OSError as error:
            raise SuiteError(f"{method} {url}: {error}") from error
        return json.loads(text) if text else {}
