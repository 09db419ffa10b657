// What stays before a person when they reload a page, choose a language, or an application opens.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { serve } from "../lib/signet.mjs";
import { listen } from "./application.mjs";
import { inPage, launch, signIn } from "./browser.mjs";

let browser, signet, close;
before(async () => {
  browser = await launch();
  signet = await serve();
  close = await listen(signet.issuer, signet.app);
});
after(async () => {
  close?.();
  await signet?.stop();
  await browser?.close();
});

const trusted = () => `${signet.app}/go?client=trusted`;
const heading = (page) => page.textContent("h1");

test("after sign-out the page is the same when it is reloaded, in another language, and in another tab", () =>
  inPage(browser, {}, async (page) => {
    await page.goto(trusted());
    await signIn(page);
    await page.waitForSelector("#name");
    await page.goto(`${signet.issuer}/end_session`);
    await page.click("#sign-out-confirm");
    await page.waitForSelector("#sign-out-confirm", { state: "detached" });
    assert.equal(await heading(page), "You are signed out");
    await page.reload();
    assert.equal(await heading(page), "You are signed out");
    await page.click("text=Deutsch");
    await page.waitForSelector("html[lang=de]");
    assert.equal(await heading(page), "Sie sind abgemeldet");
    const tab = await page.context().newPage();
    await tab.goto(`${signet.issuer}/end_session`);
    assert.equal(await heading(tab), "Sie sind abgemeldet", "the language that was chosen stays");
  }));

test("an answer to a private scheme is on its way, and its page can be closed", () =>
  inPage(browser, {}, async (page) => {
    const asked = {
      client_id: "desk",
      redirect_uri: "org.example.desk:/cb",
      response_type: "code",
      scope: "openid",
      state: "s",
      code_challenge: createHash("sha256").update("v".repeat(50)).digest("base64url"),
      code_challenge_method: "S256",
    };
    const opened = [];
    page.on("request", (request) => opened.push(request.url()));
    await page.goto(`${signet.issuer}/authorize?${new URLSearchParams(asked)}`);
    await signIn(page);
    await page.click("#consent-allow");
    await page.waitForSelector("#continue");
    assert.match(await page.textContent("main"), /org\.example\.desk[^]*close this window/);
    const href = await page.getAttribute("#continue", "href");
    await page.waitForFunction(() => document.readyState === "complete");
    const until = Date.now() + 5000;
    while (!opened.includes(href) && Date.now() < until) await page.waitForTimeout(50);
    assert.ok(opened.includes(href), `the browser opens the application by itself: ${opened}`);
    const sent = [];
    page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
    // Chromium opens no application a second time without a click, and says so.
    page.context().removeAllListeners("console");
    await page.reload();
    assert.equal(await page.getAttribute("#continue", "href"), href, "the page is the same when it is reloaded");
    assert.deepEqual(sent, [], "and sends no form again");
  }));

test("without a script a form post is sent once, and neither a reload nor the back button sends the password again", () =>
  inPage(browser, { javaScriptEnabled: false }, async (page) => {
    const sent = [];
    await page.goto(`${trusted()}&response_mode=form_post`);
    await signIn(page);
    await page.waitForSelector("#continue");
    page.on("request", (request) => request.method() === "POST" && sent.push(new URL(request.url()).pathname));
    await page.reload();
    await page.click("#continue");
    await page.waitForSelector("#name");
    await page.goBack();
    await page.waitForSelector("#continue");
    assert.deepEqual(sent, ["/cb"]);
  }));

test("the back button brings the page of another language back, and chooses none", () =>
  inPage(browser, {}, async (page) => {
    await page.goto(`${signet.issuer}/end_session`);
    await page.click("text=Nederlands");
    await page.waitForSelector("html[lang=nl]");
    await page.click("text=English");
    await page.waitForSelector("html[lang=en]");
    await page.goBack();
    await page.waitForSelector("html[lang=nl]");
    await page.goto(`${signet.issuer}/end_session`);
    await page.waitForSelector("html[lang=en]");
  }));
