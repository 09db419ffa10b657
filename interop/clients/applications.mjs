// npm passport-openidconnect and @auth/express (Auth.js): web applications in their default state, which know
// nobody until the ID token or UserInfo says who it is.
import { ExpressAuth, getSession } from "@auth/express";
import express from "express";
import session from "express-session";
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";
import { app as origin, issuer, visit } from "../lib/harness.mjs";

/** Serves the application at its registered origin while `use` runs. */
async function serving(application, use) {
  const server = application.listen(new URL(origin).port, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(new Browser());
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Cookies of the application; the provider's are the person's. */
class Browser {
  cookies = new Map();

  async fetch(url, options = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const page = await fetch(new URL(url, origin), { ...options, redirect: "manual", headers: { ...options.headers, cookie } });
    for (const line of page.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    return page;
  }
}

test("passport-openidconnect posts its secret and reads the ID token", async () => {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const strategy = new OpenIDConnectStrategy(
    {
      issuer,
      authorizationURL: metadata.authorization_endpoint,
      tokenURL: metadata.token_endpoint,
      userInfoURL: metadata.userinfo_endpoint,
      clientID: "passport",
      clientSecret: "a-secret-that-passport-posts-x",
      callbackURL: `${origin}/cb`,
      scope: ["profile", "email"],
    },
    (_issuer, profile, done) => done(null, profile),
  );
  const application = express();
  application.use(session({ secret: "only for a test", resave: false, saveUninitialized: false }));
  application.get("/login", passport.authenticate(strategy));
  application.get("/cb", passport.authenticate(strategy, { session: false }), (request, response) => response.json(request.user));
  application.use((error, _request, response, _next) => response.status(500).end(`${error.stack}`));
  await serving(application, async (browser) => {
    const asked = await browser.fetch("/login");
    const page = await browser.fetch(await visit(asked.headers.get("location")));
    assert.equal(page.status, 200, await page.clone().text());
    const profile = await page.json();
    assert.equal(profile.displayName, "Diana Krall");
    assert.equal(profile.emails[0].value, "diana@example.org");
  });
});

test("Auth.js reads the person from the ID token", async () => {
  const config = {
    secret: "only for the length of a test, but long enough",
    trustHost: true,
    basePath: "/auth",
    providers: [
      { id: "signet", name: "Signet", type: "oidc", issuer, clientId: "authjs", clientSecret: "a-secret-for-an-auth-js-site" },
    ],
  };
  const application = express();
  application.use("/auth", ExpressAuth(config));
  application.get("/who", async (request, response) => response.json(await getSession(request, config)));
  await serving(application, async (browser) => {
    const { csrfToken } = await (await browser.fetch("/auth/csrf")).json();
    const body = new URLSearchParams({ csrfToken, callbackUrl: `${origin}/who` });
    const asked = await browser.fetch("/auth/signin/signet", { method: "POST", body });
    const back = await browser.fetch(await visit(asked.headers.get("location")));
    assert.equal(back.headers.get("location"), `${origin}/who`, await back.text());
    const { user } = await (await browser.fetch("/who")).json();
    assert.equal(user.name, "Diana Krall");
    assert.equal(user.email, "diana@example.org");
  });
});
