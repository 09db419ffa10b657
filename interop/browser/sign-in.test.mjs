// What a person does at the sign-in pages, in a real browser.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { serve } from "../lib/signet.mjs";
import { listen } from "./application.mjs";
import { allow, inPage, launch, signIn } from "./browser.mjs";

let browser, signet, close, go;
before(async () => {
  browser = await launch();
  signet = await serve();
  close = await listen(signet.issuer, signet.app);
  go = (asked = {}) => `${signet.app}/go?${new URLSearchParams(asked)}`;
});
after(async () => {
  close?.();
  await signet?.stop();
  await browser?.close();
});

// Consent is remembered: who must see that page asks for it.
const consenting = { prompt: "consent" };
const name = (page) => page.textContent("#name");
const error = (page) => page.textContent("#error");

describe("with a mouse", () => {
  test("sign in and allow: the application knows who came", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go(consenting));
      assert.match(await page.textContent("main"), /Meadow Notes/, "people see who asks");
      await signIn(page);
      assert.match(await page.textContent("main"), /diana@example\.org/, "consent shows what would be shared");
      await allow(page);
      assert.equal(await name(page), "Diana Krall");
      assert.equal(await page.textContent("#email"), "diana@example.org");
    }));

  test("not allowed: the application hears access_denied", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go(consenting));
      await signIn(page);
      await page.click("#consent-deny");
      assert.equal(await error(page), "access_denied");
    }));

  test("a wrong password says so, keeps the name, and lets one try again", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go({ client: "trusted" }));
      await signIn(page, "diana", "not it");
      await page.waitForSelector("[role=alert]");
      assert.equal(await page.inputValue("#username"), "diana");
      assert.equal(await page.inputValue("#password"), "");
      assert.equal(await page.getAttribute("#password", "aria-invalid"), "true");
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
    }));

  test("reloading the page about a wrong password sends no password again", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go({ client: "trusted" }));
      await signIn(page, "diana", "not it");
      await page.waitForSelector("[role=alert]");
      const reply = await page.reload();
      assert.equal(reply.request().method(), "GET");
      assert.equal(reply.status(), 200);
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
    }));

  test("what is optional can be left out", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go({ ...consenting, scope: "openid profile offline_access" }));
      await signIn(page);
      await page.click("text=Stay connected");
      assert.equal(await page.isChecked("[name=optional][value=offline_access]"), false);
      await allow(page);
      assert.equal(await name(page), "Diana Krall");
      assert.equal(await page.textContent("#scope"), "openid profile");
    }));

  test("an unknown name looks the same as a wrong password", () =>
    inPage(browser, {}, async (page) => {
      const said = [];
      for (const who of ["nobody-of-that-name", "elvis"]) {
        await page.goto(go({ client: "trusted" }));
        await signIn(page, who, "not it");
        said.push(await page.textContent("[role=alert]"));
      }
      assert.equal(said[0], said[1]);
    }));

  test("one sign-in serves the next application, and consent is remembered", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go(consenting));
      await signIn(page);
      await allow(page);
      await name(page);
      await page.goto(go({ client: "trusted" }));
      assert.equal(await name(page), "Diana Krall", "no page between: consent is skipped there");
      await page.goto(go());
      assert.equal(await name(page), "Diana Krall", "no page between: consent is remembered");
      await page.goto(go({ prompt: "login" }));
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
    }));

  test("two tabs can both finish", () =>
    inPage(browser, {}, async (first, context) => {
      const second = await context.newPage();
      await first.goto(go({ client: "trusted" }));
      await second.goto(go({ client: "trusted" }));
      await first.waitForSelector("#sign-in");
      await second.waitForSelector("#sign-in");
      await signIn(first);
      assert.equal(await name(first), "Diana Krall");
      await signIn(second);
      assert.equal(await name(second), "Diana Krall");
    }));

  test("back from the application leads to it again", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(signet.app);
      await page.goto(go(consenting));
      await signIn(page);
      await allow(page);
      await name(page);
      await page.goBack();
      if (await page.isVisible("#sign-in")) await signIn(page);
      if (await page.isVisible("#consent-allow")) await allow(page);
      assert.equal(await name(page), "Diana Krall");
    }));

  test("sign out, and the next sign-in asks again", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go(consenting));
      await signIn(page);
      await allow(page);
      await page.click("text=Sign out");
      await page.waitForSelector("#sign-out-confirm, #bye");
      if (await page.isVisible("#sign-out-confirm")) await page.click("#sign-out-confirm");
      assert.equal(await page.textContent("#bye"), "Until next time");
      await page.goto(go());
      await page.waitForSelector("#sign-in");
    }));

  test("a request for an address that is not registered stays here", () =>
    inPage(browser, {}, async (page) => {
      const reply = await page.goto(go({ redirect_uri: "http://127.0.0.1:1/elsewhere" }));
      assert.equal(reply.status(), 400);
      assert.equal(new URL(page.url()).origin, signet.issuer);
      assert.ok(await page.getAttribute("main", "data-error"));
    }));

  test("a callback that redirects to another origin is reached from every page", () =>
    inPage(browser, {}, async (page) => {
      const home = /^http:\/\/localhost:\d+\/home$/;
      await page.goto(go({ client: "trusted", onward: 1 }));
      await signIn(page);
      await page.waitForURL(home);
      await page.goto(go({ ...consenting, onward: 1 }));
      await allow(page);
      await page.waitForURL(home);
      await page.goto(go({ ...consenting, onward: 1 }));
      await page.click("#consent-deny");
      await page.waitForURL(home);
      await page.goto(go({ client: "trusted", onward: 1, response_mode: "form_post" }));
      await page.waitForURL(home);
    }));

  test("back from there leads to the sign-in page, not to the page that moved on", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(signet.app);
      await page.goto(go({ client: "trusted" }));
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
      await page.goBack();
      assert.equal(await page.isVisible("#continue"), false);
    }));

  test("a popup reaches its opener", () =>
    inPage(browser, {}, async (page, context) => {
      await page.goto(`${signet.app}/opener`);
      const [popup] = await Promise.all([context.waitForEvent("page"), page.click("#open")]);
      await popup.waitForSelector("#sign-in");
      await page.waitForFunction(() => document.querySelector("#closed").textContent === "false");
      await signIn(popup);
      await page.waitForFunction(() => document.querySelector("#heard").textContent === "Diana Krall");
    }));

  test("form_post says where it comes from", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go({ client: "trusted", response_mode: "form_post" }));
      await signIn(page);
      assert.equal(await page.textContent("#origin"), signet.issuer);
    }));

  test("form_post brings the answer by itself", () =>
    inPage(browser, {}, async (page) => {
      await page.goto(go({ client: "trusted", response_mode: "form_post" }));
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
      assert.equal(page.url(), `${signet.app}/cb`);
    }));
});

test("Enter in a check box answers nothing", () =>
  inPage(browser, {}, async (page) => {
    await page.goto(go({ ...consenting, scope: "openid profile offline_access" }));
    await signIn(page);
    await page.waitForSelector("#consent-allow");
    await page.uncheck("#optional-1");
    await page.focus("#optional-1");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.ok(await page.isVisible("#consent-allow"), "the page is shown again");
    assert.equal(await page.isChecked("#optional-1"), false, "as it was chosen");
    await allow(page);
    assert.equal(await name(page), "Diana Krall");
  }));

test("with the keyboard only", () =>
  inPage(browser, {}, async (page) => {
    const reach = async (id) => {
      for (let step = 0; step < 30; step++) {
        if ((await page.evaluate(() => document.activeElement.id)) === id) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`Tab does not reach ${id}`);
    };
    await page.goto(go(consenting));
    await reach("username");
    await page.keyboard.type("diana");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "password");
    await page.keyboard.type("krall");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#consent-allow");
    await reach("consent-allow");
    const outline = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== "none" || style.boxShadow !== "none";
    });
    assert.ok(outline, "the focus can be seen");
    await page.keyboard.press("Enter");
    assert.equal(await name(page), "Diana Krall");
  }));

test("without script", () =>
  inPage(browser, { javaScriptEnabled: false }, async (page) => {
    await page.goto(go({ ...consenting, response_mode: "form_post" }));
    await signIn(page);
    await allow(page);
    await page.click("main button");
    assert.equal(await name(page), "Diana Krall");
  }));

test("the page speaks the person's language, and the application's wish comes first", async () => {
  for (const [locale, asked, expected] of [["de-DE", {}, "de"], ["nl", {}, "nl"], ["de-DE", { ui_locales: "fr" }, "fr"], ["pt-BR", {}, "en"]])
    await inPage(browser, { locale }, async (page) => {
      await page.goto(go(asked));
      assert.equal(await page.getAttribute("html", "lang"), expected);
    });
});

test("pages fit 320 pixels without scrolling sideways", () =>
  inPage(browser, { viewport: { width: 320, height: 568 } }, async (page) => {
    const fits = async () => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), page.url());
    await page.goto(go(consenting));
    await fits();
    await signIn(page);
    await page.waitForSelector("#consent-allow");
    await fits();
    await page.goto(go({ redirect_uri: "http://127.0.0.1:1/elsewhere" }));
    await fits();
  }));

test("cookies are out of reach of scripts and other sites, and change at sign-in", () =>
  inPage(browser, {}, async (page, context) => {
    await page.goto(go({ client: "trusted" }));
    const planted = await context.cookies(signet.issuer);
    await signIn(page);
    await name(page);
    const cookies = await context.cookies(signet.issuer);
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) {
      assert.ok(cookie.httpOnly, cookie.name);
      assert.equal(cookie.sameSite, "Lax", cookie.name);
      assert.equal(cookie.path, "/", cookie.name);
    }
    const known = new Set(planted.map(({ value }) => value));
    assert.ok(cookies.some(({ value }) => !known.has(value)), "the session is a new one");
  }));

test("a page that was open too long starts the request again", async () => {
  const brief = await serve("[lifetimes]\ninteraction = 2\n");
  const closeBrief = await listen(brief.issuer, brief.app);
  try {
    await inPage(browser, {}, async (page) => {
      await page.goto(`${brief.app}/go?client=trusted`);
      await page.fill("#username", "diana");
      await page.fill("#password", "krall");
      await new Promise((over) => setTimeout(over, 3_000));
      const old = page.url();
      await page.click("#sign-in");
      await page.waitForURL((url) => url.href !== old);
      await signIn(page);
      assert.equal(await name(page), "Diana Krall");
    });
  } finally {
    closeBrief();
    await brief.stop();
  }
});
