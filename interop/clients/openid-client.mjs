// npm openid-client: a certified relying party, as its own documentation tells people to use it.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "openid-client";
import { app, clients, issuer, service, visit } from "../lib/harness.mjs";

// Plain HTTP on loopback, and every ID token's signature checked against the provider's keys.
const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
const methods = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  none: client.None,
};

const discover = ({ id, secret, method, alg }) =>
  client.discovery(
    new URL(issuer),
    id,
    { client_secret: secret, id_token_signed_response_alg: alg },
    methods[method](secret),
    options,
  );

/** Sends a person to the provider; `tokens` redeems what came back. */
async function authorize(config, redirect_uri, { answer, who, ...more } = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: "openid profile email",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  });
  const back = await visit(url.href, { answer, who });
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  return { back, checks, tokens: () => client.authorizationCodeGrant(config, back, checks) };
}

for (const registered of clients) {
  test(`${registered.id}: sign in, userinfo, refresh`, async () => {
    const config = await discover(registered);
    const lasting = registered.id !== "trusted";
    const asked = lasting ? { scope: "openid profile email offline_access", prompt: "consent" } : {};
    const sign_in = await authorize(config, registered.redirect, asked);
    const tokens = await sign_in.tokens();
    const claims = tokens.claims();
    assert.equal(claims.iss, issuer);
    assert.equal(claims.aud, registered.id);
    assert.ok(claims.sub);

    const about = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(about.name, "Diana Krall");
    assert.equal(about.email, "diana@example.org");
    assert.equal(about.email_verified, true);

    if (!lasting) return assert.equal(tokens.refresh_token, undefined, "no offline_access, no refresh token");
    const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(renewed.access_token, tokens.access_token);
    const again = await client.fetchUserInfo(config, renewed.access_token, claims.sub);
    assert.equal(again.sub, claims.sub);
  });
}

test("the answer comes in the fragment when asked", async () => {
  const config = await discover(clients[0]);
  const { back, checks } = await authorize(config, clients[0].redirect, { response_mode: "fragment" });
  assert.equal(back.search, "");
  back.search = back.hash.slice(1);
  back.hash = "";
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  assert.ok(tokens.id_token);
});

test("a denied consent is access_denied", async () => {
  const config = await discover(clients[0]);
  const denied = await authorize(config, clients[0].redirect, { answer: "deny", prompt: "consent" });
  await assert.rejects(denied.tokens(), { error: "access_denied" });
});

test("prompt=none without a session is login_required", async () => {
  const config = await discover(clients[0]);
  const silent = await authorize(config, clients[0].redirect, { prompt: "none" });
  await assert.rejects(silent.tokens(), { error: "login_required" });
});

test("a code works once, and its replay takes the tokens with it", async () => {
  const config = await discover(clients[0]);
  const sign_in = await authorize(config, clients[0].redirect);
  const tokens = await sign_in.tokens();
  await assert.rejects(sign_in.tokens(), { error: "invalid_grant" });
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub), (error) => {
    assert.equal(error.cause?.[0]?.parameters?.error, "invalid_token");
    return true;
  });
});

test("a code is worth nothing with another verifier", async () => {
  const config = await discover(clients[0]);
  const { back, checks } = await authorize(config, clients[0].redirect);
  const other = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
  await assert.rejects(client.authorizationCodeGrant(config, back, other), { error: "invalid_grant" });
});

test("a wrong secret is invalid_client", async () => {
  const config = await discover({ ...clients[0], secret: "not-the-secret" });
  const sign_in = await authorize(config, clients[0].redirect);
  const refusal = await sign_in.tokens().catch((error) => error);
  assert.equal(refusal.status, 401, refusal.stack);
  assert.equal(refusal.cause[0].scheme, "basic");
  assert.equal((await refusal.response.json()).error, "invalid_client");
});

test("client_credentials", async () => {
  const config = await client.discovery(new URL(issuer), service.id, service.secret, client.ClientSecretBasic(service.secret), options);
  const tokens = await client.clientCredentialsGrant(config, { scope: "read" });
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.id_token, undefined);
  assert.equal(tokens.refresh_token, undefined);
});

test("one sign-in serves several applications, until the person signs out", async () => {
  const who = "someone with one browser";
  const config = await discover(clients[0]);
  const first = await (await authorize(config, clients[0].redirect, { who })).tokens();
  const silent = { who, prompt: "none", id_token_hint: first.id_token };
  const again = await (await authorize(config, clients[0].redirect, silent)).tokens();
  assert.equal(again.claims().sub, first.claims().sub);
  assert.equal(again.claims().auth_time, first.claims().auth_time);

  const other = await discover(clients[3]);
  const elsewhere = await (await authorize(other, clients[3].redirect, { who, prompt: "none" })).tokens();
  assert.equal(elsewhere.claims().sub, first.claims().sub);

  const url = client.buildEndSessionUrl(config, {
    id_token_hint: first.id_token,
    post_logout_redirect_uri: `${app}/bye`,
    state: "there-and-back",
  });
  const back = await visit(url.href, { who });
  assert.equal(back.origin + back.pathname, `${app}/bye`);
  assert.equal(back.searchParams.get("state"), "there-and-back");

  const gone = await authorize(config, clients[0].redirect, { who, prompt: "none" });
  await assert.rejects(gone.tokens(), { error: "login_required" });
});
