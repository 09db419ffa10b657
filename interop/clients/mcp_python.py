"""PyPI mcp: the Python SDK as an agent that meets a protected MCP server, and finds out by itself how to get a token for it."""

import asyncio
import os
import subprocess
import sys
import traceback
from urllib.parse import parse_qs, urlsplit

import httpx2
import requests
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

PERSON, DOCUMENTS = (os.environ[name] for name in ("PERSON", "DOCUMENTS"))
REDIRECT = "http://127.0.0.1:54321/callback"


class Kept:
    """What an agent keeps between its calls."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


class Agent:
    """Sends a person to the provider, and counts how often it had to."""

    def __init__(self, server, document=None):
        self.server, self.kept, self.sent, self.back = server, Kept(), 0, None
        metadata = OAuthClientMetadata(
            client_name="Meadow agent",
            redirect_uris=[REDIRECT],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            token_endpoint_auth_method="none",
            application_type="native",
        )
        self.auth = OAuthClientProvider(
            server_url=server,
            client_metadata=metadata,
            storage=self.kept,
            redirect_handler=self.open,
            callback_handler=self.answered,
            client_metadata_url=document,
        )

    async def open(self, url):
        self.sent += 1
        reply = await asyncio.to_thread(requests.get, PERSON, params={"url": url}, timeout=60)
        assert reply.status_code == 200, reply.text
        self.back = parse_qs(urlsplit(reply.text).query)

    async def answered(self):
        assert "code" in self.back, self.back
        code, state, iss = (self.back[name][0] for name in ("code", "state", "iss"))
        return AuthorizationCodeResult(code=code, state=state, iss=iss)

    async def whoami(self):
        async with httpx2.AsyncClient(auth=self.auth) as http:
            async with Client(streamable_http_client(self.server, http_client=http)) as session:
                return (await session.call_tool("whoami", {})).content[0].text


async def serves(server, reject, document=None):
    agent = Agent(server, document)
    person = await agent.whoami()
    assert person and agent.sent == 1
    first = agent.kept.tokens
    assert first.refresh_token

    # The token has ended: the agent refreshes, and nobody is asked.
    reject(first.access_token)
    agent.auth.context.token_expiry_time = 1
    assert await agent.whoami() == person
    assert agent.sent == 1
    assert agent.kept.tokens.access_token != first.access_token
    return agent


async def test_an_agent_that_registers_itself(server, reject):
    agent = await serves(server, reject)
    assert agent.kept.client.client_id


async def test_an_agent_that_is_known_by_its_metadata_document(server, reject):
    agent = await serves(server, reject, f"{DOCUMENTS}/agent.json")
    assert agent.kept.client.client_id == f"{DOCUMENTS}/agent.json"


def main():
    resource = subprocess.Popen(
        ["node", "lib/mcp-server.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    server = resource.stdout.readline().strip()

    def reject(token):
        resource.stdin.write(f"{token}\n")
        resource.stdin.flush()
        assert resource.stdout.readline().strip() == "rejected"

    failed = 0
    for name, test in [(name, test) for name, test in globals().items() if name.startswith("test_")]:
        try:
            asyncio.run(test(server, reject))
            print("ok    ", name)
        except Exception:
            failed += 1
            print("FAILED", name)
            traceback.print_exc()
    resource.stdin.close()
    resource.wait()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
