// Every page that a person can meet, looked at: see test-output/screens/.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serve } from "../lib/signet.mjs";
import { listen } from "./application.mjs";
import { allow, inPage, launch, signIn } from "./browser.mjs";
import { look, looking } from "./look.mjs";

let browser, signet, close, go;
before(async () => {
  browser = await launch();
  signet = await serve("[sign_up]\nenabled = true\n[login.throttle]\naccount = 3\naccount_refill = 300\n");
  close = await listen(signet.issuer, signet.app);
  go = (asked = {}) => `${signet.app}/go?${new URLSearchParams(asked)}`;
});
after(async () => {
  close?.();
  await signet?.stop();
  await browser?.close();
});

test("login, wrong password, consent, select account", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go({ prompt: "consent" }));
    await look(page, "login");
    await signIn(page, "diana", "not it");
    await page.waitForSelector("[role=alert]");
    await look(page, "login-wrong");
    await signIn(page);
    await page.waitForSelector("#consent-allow");
    await look(page, "consent");
    await allow(page);
    await page.waitForSelector("#name");
    await page.goto(go({ prompt: "select_account" }));
    await page.waitForSelector("#account-continue");
    await look(page, "select-account");
  }));

test("sign up, with what cannot be, then for good", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go());
    await page.click("#sign-up");
    await page.waitForSelector("#email");
    await look(page, "sign-up");
    // The browser itself would hold these back; not every one does.
    await page.evaluate(() => (document.forms[0].noValidate = true));
    for (const [field, typed] of Object.entries({ username: "di ana", password: "short", name: "Nina Simone", email: "nowhere" }))
      await page.fill(`#${field}`, typed);
    await page.click("#sign-up");
    await page.waitForSelector("#username-fault");
    await look(page, "sign-up-faults");
    for (const [field, typed] of Object.entries({ username: "nina", password: "feeling good", email: "nina@example.org" }))
      await page.fill(`#${field}`, typed);
    await page.click("#sign-up");
    await page.waitForSelector("#consent-allow");
    assert.match(await page.textContent("main"), /Nina Simone/);
    await allow(page);
    await page.waitForSelector("#name");
  }));

test("sign up in German, French and Dutch", () =>
  inPage(browser, looking, async (page) => {
    for (const ui_locales of ["de", "fr", "nl"]) {
      await page.goto(go({ ui_locales, prompt: "create" }));
      await page.waitForSelector("#email");
      await look(page, `sign-up-${ui_locales}`);
    }
  }));

test("login in German, French and Dutch", () =>
  inPage(browser, looking, async (page) => {
    for (const ui_locales of ["de", "fr", "nl"]) {
      await page.goto(go({ ui_locales }));
      await look(page, `login-${ui_locales}`);
    }
  }));

test("consent that lasts", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go({ scope: "openid profile email offline_access", prompt: "consent" }));
    await signIn(page);
    await page.waitForSelector("#consent-allow");
    await look(page, "consent-offline");
  }));

test("error", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go({ redirect_uri: "http://127.0.0.1:1/elsewhere" }));
    await page.waitForSelector("main[data-error]");
    await look(page, "error");
  }));

test("sign-out and signed out", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go({ client: "trusted" }));
    await signIn(page);
    await page.waitForSelector("#name");
    await page.goto(`${signet.issuer}/end_session`);
    await page.waitForSelector("#sign-out-confirm");
    await look(page, "sign-out-confirm");
    await page.click("#sign-out-confirm");
    await page.waitForSelector("#sign-out-confirm", { state: "detached" });
    await look(page, "signed-out");
  }));

test("the answer on its way by form", () =>
  inPage(browser, looking, async (page) => {
    // Without its script the page stays to be seen.
    await page.route("**/assets/form-post*", (script) => script.fulfill({ contentType: "text/javascript", body: "" }));
    await page.goto(go({ client: "trusted", response_mode: "form_post" }));
    await signIn(page);
    await page.waitForSelector("form[action$='/cb'] button");
    await look(page, "form-post");
  }));

test("too many wrong passwords: how long to wait", () =>
  inPage(browser, looking, async (page) => {
    await page.goto(go());
    for (let attempt = 0; attempt < 4; attempt++) {
      await signIn(page, "elvis", `wrong ${attempt}`);
      await page.waitForSelector("[role=alert]");
    }
    assert.match(await page.textContent("[role=alert]"), /minute/);
    await look(page, "login-wait");
  }));
