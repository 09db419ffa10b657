// oauth2-proxy (Go) in front of an application, its own sign-in on another origin: after the callback it
// sends the browser on across origins.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { inPage } from "../browser/browser.mjs";
import { freePort } from "../lib/signet.mjs";
import { passProvider, world } from "./application.mjs";

let it, upstream, other;
before(async () => {
  it = await world();
  upstream = createServer((request, response) => response.end(`user: ${request.headers["x-forwarded-email"]}`)).listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<title>front end</title>"));
  other = elsewhere.listen(await freePort(), "localhost");
  await once(other, "listening");
  await it.start(
    process.env.OAUTH2_PROXY,
    [
      ...["--provider=oidc", `--oidc-issuer-url=${it.issuer}`, "--client-id=oauth2-proxy", "--client-secret=a-secret-for-oauth2-proxy-000"],
      ...[`--redirect-url=${it.app}/oauth2/callback`, `--http-address=${new URL(it.app).host}`],
      ...[`--upstream=http://127.0.0.1:${upstream.address().port}/`, "--email-domain=*", "--cookie-secure=false"],
      ...["--cookie-secret=0123456789abcdef0123456789abcdef", "--skip-provider-button", `--whitelist-domain=localhost:${other.address().port}`],
      ...["--backend-logout-url", `${it.issuer}/end_session?id_token_hint={id_token}`],
    ],
    `${it.app}/ping`,
  );
});
after(async () => {
  upstream?.close();
  other?.close();
  await it?.stop();
});

test("a person signs in, and the application behind it knows who", () =>
  inPage(it.browser, {}, async (page) => {
    await page.goto(it.app);
    await passProvider(page, `${it.app}/`);
    assert.equal(await page.textContent("body"), "user: diana@example.org");
  }));

test("the callback sends the browser to another origin, and it arrives", () =>
  inPage(it.browser, {}, async (page) => {
    const front = `http://localhost:${other.address().port}/home`;
    await page.goto(`${it.app}/oauth2/start?rd=${encodeURIComponent(front)}`);
    await passProvider(page, front);
    assert.equal(await page.title(), "front end");
  }));

test("signing out there ends the session here, from server to server", () =>
  inPage(it.browser, {}, async (page) => {
    await page.goto(it.app);
    await passProvider(page, `${it.app}/`);
    await page.goto(`${it.app}/oauth2/sign_out`, { waitUntil: "commit" });
    await page.goto(it.app);
    assert.ok(await page.waitForSelector("#username"), "the person has to sign in again");
  }));
