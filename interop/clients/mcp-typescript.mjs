// npm @modelcontextprotocol/sdk: an agent that meets a protected MCP server, and finds out by itself how to
// get a token for it.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { app, issuer, visit } from "../lib/harness.mjs";
import { mcpServer } from "../lib/mcp-server.mjs";

const redirectUrl = "http://127.0.0.1:54321/callback";
let server;
before(async () => (server = await mcpServer(issuer, app)));
after(() => server.stop());

/** What an agent keeps; where a browser would open, it notes the address. */
class Agent {
  redirectUrl = redirectUrl;
  clientMetadata = {
    client_name: "Meadow agent",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    application_type: "native",
  };
  constructor(more = {}) {
    Object.assign(this, more);
  }
  state = () => "a state of the agent's";
  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.kept;
  saveTokens = (tokens) => void (this.kept = tokens);
  redirectToAuthorization = (url) => void (this.sentTo = url);
  saveCodeVerifier = (verifier) => void (this.verifier = verifier);
  codeVerifier = () => this.verifier;
}

const whoami = async (client) => (await client.callTool({ name: "whoami", arguments: {} })).content[0].text;

/** From 401 at the resource to a refreshed token. */
async function serves(agent) {
  const transport = () => new StreamableHTTPClientTransport(server.url, { authProvider: agent });
  const first = transport();
  const client = new Client({ name: "meadow-agent", version: "1.0.0" });
  await assert.rejects(client.connect(first), UnauthorizedError);
  assert.equal(agent.sentTo.searchParams.get("resource"), server.url.href);
  assert.equal(agent.sentTo.searchParams.get("scope"), "tools");

  const back = await visit(agent.sentTo.href);
  assert.equal(back.searchParams.get("error"), null, back.href);
  assert.equal(back.searchParams.get("state"), "a state of the agent's");
  await first.finishAuth(back.searchParams.get("code"));
  await client.connect(transport());
  const person = await whoami(client);
  assert.ok(person);
  const { token, claims } = server.seen.at(-1);
  assert.deepEqual([claims.aud].flat(), [server.url.href]);
  assert.equal(claims.scope, "tools");

  // The resource says 401 again: the agent refreshes, and nobody is asked.
  agent.sentTo = undefined;
  server.reject(token);
  assert.equal(await whoami(client), person);
  assert.equal(agent.sentTo, undefined);
  assert.notEqual(server.seen.at(-1).token, token);
  assert.deepEqual([server.seen.at(-1).claims.aud].flat(), [server.url.href]);
  await client.close();
}

test("an agent that registers itself: from 401 at the resource to a refreshed token", async () => {
  const agent = new Agent();
  await serves(agent);
  assert.ok(agent.client.client_id);
});

test("an agent that is known by its metadata document", async () => {
  const clientMetadataUrl = `${process.env.DOCUMENTS}/agent.json`;
  const agent = new Agent({ clientMetadataUrl });
  await serves(agent);
  assert.equal(agent.client.client_id, clientMetadataUrl);
});
