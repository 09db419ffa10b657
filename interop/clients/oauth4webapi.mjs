// npm oauth4webapi: each request and each check of its response is a call of its own, and the checks are
// strict.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as oauth from "oauth4webapi";
import { clients, issuer, service, visit } from "../lib/harness.mjs";

const insecure = { [oauth.allowInsecureRequests]: true };
const methods = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: oauth.None,
};

const discover = async (algorithm) => {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { ...insecure, algorithm }));
};

async function authorize(as, registered, { answer, ...more } = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: registered.id,
    redirect_uri: registered.redirect,
    response_type: "code",
    scope: "openid profile email",
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  return { back: await visit(url.href, { answer }), verifier, state, nonce };
}

async function redeem(as, registered, { back, verifier, state, nonce }) {
  const client = { client_id: registered.id, id_token_signed_response_alg: registered.alg };
  const authentication = methods[registered.method](registered.secret);
  // Requires `iss` in the response: RFC 9207.
  const parameters = oauth.validateAuthResponse(as, client, back, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, parameters, registered.redirect, verifier, insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  return { client, authentication, tokens, claims: oauth.getValidatedIdTokenClaims(tokens) };
}

for (const [kind, algorithm] of [["OpenID", "oidc"], ["OAuth", "oauth2"]]) {
  test(`${kind} discovery tells what the endpoints do`, async () => {
    const as = await discover(algorithm);
    assert.equal(as.issuer, issuer);
    assert.equal(as.authorization_response_iss_parameter_supported, true);
    assert.ok(as.code_challenge_methods_supported.includes("S256"));
    for (const { method } of clients) assert.ok(as.token_endpoint_auth_methods_supported.includes(method), method);
  });
}

for (const registered of clients.slice(0, 3)) {
  test(`${registered.id}: sign in, userinfo, refresh`, async () => {
    const as = await discover("oidc");
    const asked = { scope: "openid profile email offline_access", prompt: "consent" };
    const { client, authentication, tokens, claims } = await redeem(as, registered, await authorize(as, registered, asked));
    assert.equal(claims.aud, registered.id);

    const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
    const about = await oauth.processUserInfoResponse(as, client, claims.sub, userinfo);
    assert.equal(about.name, "Diana Krall");

    const response = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure);
    const renewed = await oauth.processRefreshTokenResponse(as, client, response);
    assert.notEqual(renewed.access_token, tokens.access_token);
    assert.ok(renewed.refresh_token);
  });
}

test("max_age is answered by auth_time", async () => {
  const as = await discover("oidc");
  const { claims } = await redeem(as, clients[0], await authorize(as, clients[0], { max_age: "600" }));
  assert.ok(claims.auth_time > claims.iat - 60);
});

test("a denied consent is access_denied, with state and iss", async () => {
  const as = await discover("oidc");
  const denied = await authorize(as, clients[0], { answer: "deny", prompt: "consent" });
  await assert.rejects(redeem(as, clients[0], denied), { error: "access_denied" });
  assert.equal(denied.back.searchParams.get("iss"), issuer);
  assert.ok(denied.back.searchParams.get("error_description"));
});

test("prompt=none with another prompt is invalid_request", async () => {
  const as = await discover("oidc");
  const refused = await authorize(as, clients[0], { prompt: "none login" });
  await assert.rejects(redeem(as, clients[0], refused), { error: "invalid_request" });
});

test("a public client gets nowhere without PKCE", async () => {
  const as = await discover("oidc");
  const url = new URL(as.authorization_endpoint);
  const state = oauth.generateRandomState();
  url.search = new URLSearchParams({
    client_id: "public",
    redirect_uri: clients[2].redirect,
    response_type: "code",
    scope: "openid",
    state,
  });
  const back = await visit(url.href);
  assert.throws(() => oauth.validateAuthResponse(as, { client_id: "public" }, back, state), { error: "invalid_request" });
});

test("client_credentials", async () => {
  const as = await discover("oauth2");
  const client = { client_id: service.id };
  const authentication = oauth.ClientSecretBasic(service.secret);
  const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: "read" }, insecure);
  const tokens = await oauth.processClientCredentialsResponse(as, client, response);
  assert.ok(tokens.access_token);
});
