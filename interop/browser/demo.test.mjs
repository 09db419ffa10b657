// `signet demo`, which is what `cargo run --release` starts: the first thing that anybody sees of Signet.
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { freePort, start } from "../lib/signet.mjs";
import { allow, inPage, launch, signIn } from "./browser.mjs";
import { look, looking } from "./look.mjs";

let browser, demo, application;
before(async () => {
  browser = await launch();
  const port = await freePort(2);
  const folder = await mkdtemp(join(tmpdir(), "signet-demo-"));
  const addresses = /http:\/\/localhost:\d+/g;
  demo = await start(["demo", "--port", String(port), "--data-dir", join(folder, "data")], /listening on [^]*diana/, folder);
  application = demo.log.join("\n").match(addresses).find((address) => !address.endsWith(`:${port}`));
  assert.ok(application, `both addresses are printed:\n${demo.log.join("\n")}`);
  assert.match(demo.log.join("\n"), /diana/);
});
after(async () => {
  await demo?.stop();
  await browser?.close();
});

// Refused first: once allowed, it would not be asked again.
test("not allowed: the application says so and offers another try", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(application);
    await page.click("#sign-in");
    await page.waitForSelector("#username");
    await signIn(page);
    await page.click("#consent-deny");
    await page.waitForSelector("main[data-error=access_denied]");
    await look(page, "demo-denied");
    await page.click("#sign-in");
    await page.waitForSelector("#consent-allow");
  }));

test("sign in, see the claims and the ID token, refresh, sign out", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(application);
    await look(page, "demo");
    await page.click("#sign-in");
    await page.waitForSelector("#username");
    await signIn(page);
    await page.waitForSelector("#consent-allow");
    await look(page, "demo-consent");
    await allow(page);

    await page.waitForSelector("#claims");
    const claims = await page.textContent("section[aria-labelledby=claims]");
    for (const value of ["Diana Krall", "sub", "email"]) assert.ok(claims.includes(value), value);
    const header = JSON.parse(await page.textContent("section[aria-labelledby=id-token] pre >> nth=0"));
    assert.ok(["RS256", "ES256"].includes(header.alg) && header.kid);
    const payload = JSON.parse(await page.textContent("section[aria-labelledby=id-token] pre >> nth=1"));
    for (const name of ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "sid"]) assert.ok(payload[name], name);
    await look(page, "demo-signed-in");

    await page.click("#refresh");
    await page.waitForSelector("[role=status]");
    await page.click("#sign-out");
    await page.waitForSelector("#sign-out-confirm, h1");
    if (await page.isVisible("#sign-out-confirm")) await page.click("#sign-out-confirm");
    await page.waitForSelector("#sign-in, #back-to-application");

    await page.goto(application);
    await page.click("#sign-in");
    await page.waitForSelector("#username");
  }));
