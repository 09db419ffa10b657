// Chromium as a person has it: a fresh profile per context, and nothing that calls home.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const flags = [
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, chromiumSandbox: false, args: flags });

/**
 * Runs `use` with a page in a context of its own; what the page complained about on its console fails the
 * test.
 */
export async function inPage(browser, options, use) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  context.on("console", (message) => {
    // A page that is meant to be an error makes the browser say so; anything else is a fault, such as a
    // broken policy.
    if (message.type() === "error" && !/the server responded with a status of 4/.test(message.text())) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  try {
    await use(await context.newPage(), context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

/** Fills in the sign-in page and sends it. */
export async function signIn(page, username = "diana", password = "krall") {
  await page.fill("#username", username);
  await page.fill("#password", password);
  await page.click("#sign-in");
}

export const allow = (page) => page.click("#consent-allow");
