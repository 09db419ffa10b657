// A Model Context Protocol server with one tool, as its TypeScript SDK builds one: a protected resource (RFC
// 9728) of the provider.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from "@modelcontextprotocol/sdk/server/auth/router.js";
import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { once } from "node:events";

/** Serves `${origin}/mcp`. It accepts the provider's JWTs for it, until `reject` names one. */
export async function mcpServer(issuer, origin) {
  const resource = new URL("/mcp", origin);
  const oauthMetadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
  const seen = [];
  const rejected = new Set();
  const verifyAccessToken = async (token) => {
    if (rejected.has(token)) throw new InvalidTokenError("this token is no longer accepted");
    const { payload } = await jwtVerify(token, keys, { issuer, audience: resource.href, typ: "at+jwt" }).catch((error) => {
      throw new InvalidTokenError(error.message);
    });
    seen.push({ token, claims: payload });
    const scopes = (payload.scope ?? "").split(" ");
    return { token, clientId: payload.client_id, scopes, expiresAt: payload.exp, extra: { sub: payload.sub } };
  };
  const app = express();
  app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: resource, scopesSupported: ["tools"], resourceName: "Meadow tools" }));
  const guard = requireBearerAuth({
    verifier: { verifyAccessToken },
    requiredScopes: ["tools"],
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
  });
  app.post("/mcp", guard, express.json(), async (request, response) => {
    const server = new McpServer({ name: "meadow", version: "1.0.0" });
    server.registerTool("whoami", { description: "Tells who calls." }, ({ authInfo }) => ({
      content: [{ type: "text", text: authInfo.extra.sub }],
    }));
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    response.on("close", () => Promise.all([transport.close(), server.close()]));
    await server.connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  app.all("/mcp", (_, response) => response.sendStatus(405));
  const listening = app.listen(new URL(origin).port, "127.0.0.1");
  await once(listening, "listening");
  return { url: resource, seen, reject: (token) => rejected.add(token), stop: () => listening.close() };
}

// `node lib/mcp-server.mjs`: for clients in other languages. It ends with its standard input; each line there
// is a token to reject.
if (process.argv[1] === import.meta.filename) {
  const server = await mcpServer(process.env.ISSUER, process.env.APP);
  console.log(server.url.href);
  let rest = "";
  for await (const chunk of process.stdin) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      server.reject(line);
      console.log("rejected");
    }
  }
  server.stop();
  process.exit(0);
}
