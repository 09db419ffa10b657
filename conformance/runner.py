"""Runs modules: some at a time, each to its end, and whatever becomes of one, the others too."""

import json
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import browser
import pages
import plans
import table
from signet import Signet, SignetError
from suite import ENDED, SuiteError

# Compares the keys before and after a rotation. It runs last and alone: others judge tokens by keys they fetched before.
ROTATION = "oidcc-server-rotate-keys"
# Nearly all of their time they wait, which keeps no processor from others.
SLEEPERS = ("oidcc-codereuse-30seconds", "oidcc-refresh-token-rp-key-rotation")
# How long the suite's relying party waits after it has put new keys in place of its old ones.
JWKS_REFRESH_SECONDS = 12


class Runner:
    """Runs plans of one suite against one binary."""

    def __init__(self, suite, certificate, binary, logs, modules, jobs, timeout, progress):
        self.suite, self.certificate, self.binary, self.logs = suite, certificate, binary, logs
        self.modules, self.jobs, self.timeout, self.progress = modules, jobs, timeout, progress
        self._turn = threading.Semaphore(jobs)

    def run(self, chosen):
        """Runs every plan, a few at a time: while one waits, it is another's turn. Outcomes come in the plans' order."""
        with ThreadPoolExecutor(max_workers=self.jobs) as pool:
            return [outcome for outcomes in pool.map(self._plan, chosen) for outcome in outcomes]

    def _plan(self, plan):
        folder = self.logs / plan.name
        folder.mkdir(parents=True, exist_ok=True)
        for old in [*folder.glob("*.json"), *folder.glob("*.html"), *folder.glob("*.log")]:
            old.unlink()
        try:
            with tempfile.TemporaryDirectory(prefix="signet-conformance-") as own:
                clients = plan.static_clients(self.suite.url)
                log = folder / "signet.log"
                with Signet(self.binary, Path(own), log, plan, clients, self.certificate) as signet:
                    return self._modules(plan, signet, folder)
        except (SuiteError, SignetError, OSError) as error:
            return [self._done(table.Outcome(plan.name, "(plan)", "failed", 0, [_own("failed", error)]))]

    def _modules(self, plan, signet, folder):
        created = self.suite.create_plan(plan.plan, plan.variant, self._configuration(plan, signet))
        every = created["modules"]
        named = [(label_of(module, every), module) for module in every]
        chosen = [item for item in named if not self.modules or item[1]["testModule"] in self.modules]
        outcomes = {}

        def run(item):
            label, module = item
            outcomes[label] = self._done(self._module(plan, created["id"], module, label, signet, folder))

        together = [item for item in chosen if item[1]["testModule"] != ROTATION]
        together.sort(key=lambda item: item[1]["testModule"] not in SLEEPERS)
        with ThreadPoolExecutor(max_workers=1 if plan.alias else self.jobs + len(SLEEPERS)) as pool:
            list(pool.map(run, together))
        for item in chosen:
            if item not in together:
                run(item)
        found = [outcomes[label] for label, _ in chosen]
        if not self.modules and len(every) != plan.modules:
            why = f"the suite lists {len(every)} modules, the plan's file says {plan.modules}"
            found.append(self._done(table.Outcome(plan.name, "(plan)", "failed", 0, [_own("failed", why)])))
        return found

    def _configuration(self, plan, signet):
        """The plan's configuration as the suite wants it."""
        static = {
            key: {name: client[name] for name in ("client_id", "client_secret")}
            for key, client in zip(plans.STATIC_CLIENTS, signet.clients)
        }
        dynamic = {key: {"client_name": f"Conformance {key}"} for key in ("client", "client2")}
        usual = {
            **({"alias": plan.alias} if plan.alias else {}),
            "description": f"Signet, {plan.title}",
            "server": {
                "discoveryUrl": f"{signet.issuer}/.well-known/openid-configuration",
                "jwks_refresh_delay": JWKS_REFRESH_SECONDS,
            },
            **(static or dynamic),
            **browser.rules(signet.issuer, plan.relying_party(self.suite.url), signet.username, signet.password),
        }
        return merged(usual, plan.tables(self.suite.url, signet.issuer))

    def _module(self, plan, plan_id, module, label, signet, folder):
        """Runs one module to its end and reads why it ended so."""
        asleep = module["testModule"] in SLEEPERS
        if not asleep:
            self._turn.acquire()
        began = time.monotonic()
        try:
            result, reasons, log = self._outcome(plan_id, module, signet)
        except (SuiteError, SignetError, OSError) as error:
            result, reasons, log = "failed", [_own("failed", error)], []
        finally:
            if not asleep:
                self._turn.release()
        seconds = round(time.monotonic() - began, 1)
        file = label.replace(" ", "-").replace("[", "").replace("]", "")
        (folder / f"{file}.json").write_text(json.dumps(log, indent=1))
        looks = table.looks(log)
        wrong = pages.wrong(module["testModule"], [page for _, page in looks])
        if wrong and result == "review":
            result, reasons = "failed", [*reasons, *(_own("failed", why) for why in wrong)]
        for number, (_, page) in enumerate(looks, 1):
            (folder / f"{file}.{number}.html").write_text(page)
        return table.Outcome(plan.name, label, result, seconds, reasons, [text for text, _ in looks])

    def _outcome(self, plan_id, module, signet):
        signet.revive()
        starts = signet.starts
        run_id = self.suite.create(plan_id, module)
        if module["testModule"] == ROTATION:
            self._rotate(run_id, signet)
        state = self.suite.wait(run_id, self.timeout)
        stopped = not signet.alive() or signet.starts != starts
        hint = []
        if state not in ENDED or stopped:
            hint = [_own("failed", self._stuck(run_id, state, signet, stopped))]
        if state not in ENDED:
            self.suite.cancel(run_id)
        log = self.suite.log(run_id)
        result = (self.suite.info(run_id).get("result") or "UNKNOWN").lower() if not hint else "failed"
        return (result if result in table.COLUMNS else "failed"), hint + table.reasons(log), log

    def _rotate(self, run_id, signet):
        """This module looks at the keys, waits, and looks again when it is told to start."""
        if self.suite.wait(run_id, self.timeout, ("CONFIGURED",)) != "CONFIGURED":
            return
        try:
            signet.rotate_keys()
        except SignetError:
            self.suite.cancel(run_id)
            raise
        self.suite.start(run_id)

    def _stuck(self, run_id, state, signet, stopped):
        """Why a module did not finish, as far as can be told from outside."""
        if stopped:
            return f"Signet stopped: {signet.said()[-500:]}"
        missing = [entry.get("msg", "") for entry in self.suite.log(run_id) if "upload" in entry]
        unvisited = self.suite.unvisited(run_id) if state == "WAITING" else []
        facts = [f"not finished, state {state}"]
        facts += [f"no browser rule for {url}" for url in unvisited]
        facts += [f"page never seen: {text}" for text in missing]
        return "; ".join(facts)

    def _done(self, outcome):
        self.progress(outcome)
        return outcome


def merged(usual, more):
    """One table over another, member by member."""
    both = {key: merged(usual[key], more[key]) for key in more if isinstance(more[key], dict) and isinstance(usual.get(key), dict)}
    return {**usual, **more, **both}


def label_of(module, modules):
    """A module's name, with the variant's values that tell it from others of the same name."""
    twins = [other["variant"] for other in modules if other["testModule"] == module["testModule"]]
    telling = [value for key, value in (module["variant"] or {}).items() if any(twin[key] != value for twin in twins)]
    return " ".join([module["testModule"], *(f"[{value}]" for value in telling)])


def _own(severity, error):
    return [severity, "conformance/run", " / ".join(str(error).splitlines())]
