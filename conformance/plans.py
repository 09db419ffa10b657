"""The plans: one file in `plans/` is one plan of the suite, run once for each of its variants."""

import json
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "plans"
STATIC_CLIENTS = {
    "client": "client_secret_basic",
    "client2": "client_secret_basic",
    "client_secret_post": "client_secret_post",
}


@dataclass(frozen=True)
class Plan:
    """One plan as its file describes it, with one variant chosen."""

    name: str
    title: str
    plan: str
    variant: dict
    modules: int
    clients: dict | None
    template: str
    configuration: dict
    path: str

    @property
    def alias(self):
        """Makes callback URLs known before the plan exists, as static clients need; then one module runs at a time."""
        return f"signet-{self.name}" if self.clients else None

    def relying_party(self, suite_url):
        """Where this plan's relying party, the suite, answers; a pattern where every module has a place of its own."""
        return f"{suite_url}/test/a/{self.alias}" if self.alias else f"{suite_url}/test/*"

    def tables(self, suite_url, issuer):
        """Further tables of the plan's configuration, such as `resource`, `mtls` or members of `client`, as its file has them."""
        filled = {"relying_party": self.relying_party(suite_url), "issuer": issuer}
        return json.loads(string.Template(json.dumps(self.configuration)).substitute(filled))

    def static_clients(self, suite_url):
        """The clients to write into Signet's configuration; none when the suite registers its own."""
        if self.clients is None:
            return []
        base = self.relying_party(suite_url)
        metadata = json.loads(string.Template(json.dumps(self.clients)).substitute(relying_party=base))
        return [
            {
                "client_id": name.replace("_", "-"),
                "client_secret": secrets.token_urlsafe(32),
                "client_name": f"Conformance {name.replace('_', ' ')}",
                "redirect_uris": [f"{base}/callback"],
                "token_endpoint_auth_method": method,
                **metadata,
            }
            for name, method in STATIC_CLIENTS.items()
        ]


def load():
    """Every plan with every variant, by name."""
    found = [plan for path in sorted(FOLDER.glob("*.json")) for plan in _variants(path)]
    return {plan.name: plan for plan in found}


def _variants(path):
    data = json.loads(path.read_text())
    chosen = data.get("variant", {})
    if isinstance(data["modules"], int):
        return [_plan(path.stem, data, chosen, data["modules"])]
    return [
        _plan(f"{path.stem}-{value.replace(' ', '-')}", data, {**chosen, data["each"]: value}, modules)
        for value, modules in data["modules"].items()
    ]


def _plan(name, data, variant, modules):
    return Plan(
        name=name,
        title=data["title"],
        plan=data["plan"],
        variant=variant,
        modules=modules,
        clients=data.get("clients"),
        template=data.get("template", "signet.toml"),
        configuration=data.get("configuration", {}),
        path=data.get("path", ""),
    )
