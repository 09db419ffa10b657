// The application that people sign in to: a relying party made of openid-client and Node's HTTP server.
import { once } from "node:events";
import { createServer } from "node:http";
import * as client from "openid-client";

const SECRETS = { basic: "a-first-secret-of-enough-length", trusted: "a third: with+signs/and%more" };

const OPENER = `<button id="open">Sign in</button><p id="heard"></p><p id="closed"></p><script>
  onmessage = (message) => (document.querySelector("#heard").textContent = message.data);
  document.querySelector("#open").onclick = () => {
    const popup = open("/go?client=trusted", "popup", "width=500,height=600");
    setInterval(() => (document.querySelector("#closed").textContent = popup.closed), 50);
  };</script>`;

/**
 * Listens at `origin`. `/go?client=basic&…` starts a sign-in with those parameters, `/out` a sign-out. With
 * `onward` the callback sends the browser on to a front end of another origin; `/opener` is a page that signs
 * people in by a popup.
 */
export async function listen(issuer, origin) {
  const started = new Map();
  const tokens = new Map();
  const configure = (id) =>
    client.discovery(new URL(issuer), id, SECRETS[id], client.ClientSecretBasic(SECRETS[id]), {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    });

  async function go(url) {
    const { client: id = "basic", onward, ...asked } = Object.fromEntries(url.searchParams);
    const config = await configure(id);
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() };
    started.set(checks.expectedState, { id, config, checks, onward });
    return client.buildAuthorizationUrl(config, {
      redirect_uri: `${origin}/cb`,
      scope: "openid profile email",
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      ...asked,
    });
  }

  async function back(answer) {
    const { id, config, checks } = started.get(answer.searchParams.get("state"));
    try {
      const got = await client.authorizationCodeGrant(config, answer, checks);
      const about = await client.fetchUserInfo(config, got.access_token, got.claims().sub);
      tokens.set(id, got);
      return `<p id="name">${about.name}</p><p id="email">${about.email}</p><p id="scope">${got.scope}</p><a href="/out?client=${id}">Sign out</a>`;
    } catch (error) {
      return `<p id="error">${error.error ?? error}</p>`;
    }
  }

  async function out(url) {
    const id = url.searchParams.get("client");
    const config = await configure(id);
    return client.buildEndSessionUrl(config, {
      id_token_hint: tokens.get(id).id_token,
      post_logout_redirect_uri: `${origin}/bye`,
    });
  }

  const page = (body) => `<!doctype html><html lang="en"><title>Meadow Notes</title><link rel="icon" href="data:,"><main>${body}</main></html>`;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, origin);
    const html = (body) => response.setHeader("content-type", "text/html; charset=utf-8").end(page(body));
    const redirect = (to) => response.writeHead(302, { location: to.href }).end();
    try {
      if (url.pathname === "/go") redirect(await go(url));
      else if (url.pathname === "/out") redirect(await out(url));
      else if (url.pathname === "/home") html(`<p id="home">${url.origin === origin ? "front end" : ""}</p>`);
      else if (url.pathname === "/opener") html(OPENER);
      else if (url.pathname === "/bye") html('<p id="bye">Until next time</p>');
      else if (url.pathname === "/cb") {
        let body = "";
        for await (const piece of request) body += piece;
        if (body) url.search = body;
        const onward = started.get(url.searchParams.get("state"))?.onward;
        const told = await back(url);
        // The same server under another name is another origin.
        if (onward) redirect(new URL(`http://localhost:${new URL(origin).port}/home`));
        else html(`${told}<p id="origin">${request.headers.origin}</p><script>opener?.postMessage(document.querySelector("#name").textContent, "*")</script>`);
      } else html('<a href="/go">Sign in</a>');
    } catch (error) {
      response.writeHead(500).end(String(error.stack));
    }
  }).listen(Number(new URL(origin).port), "127.0.0.1");
  await once(server, "listening");
  return () => server.close();
}
