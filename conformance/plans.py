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
    clients: dict | None
    template: str

    @property
    def alias(self):
        """Makes the suite's callback URLs known before the plan exists."""
        return f"signet-{self.name}"

    def relying_party(self, suite_url):
        """Where this plan's relying party, the suite, answers."""
        return f"{suite_url}/test/a/{self.alias}"

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


def names():
    """The short names of all plans, in the order of their files."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name):
    """Every variant of one plan."""
    data = json.loads((FOLDER / f"{name}.json").read_text())
    several = len(data["variants"]) > 1
    return [
        Plan(
            name=f"{name}-{'-'.join(variant.values()).replace(' ', '-')}" if several else name,
            title=data["title"],
            plan=data["plan"],
            variant=variant,
            clients=data.get("clients"),
            template=data.get("template", "signet.toml"),
        )
        for variant in data["variants"]
    ]
