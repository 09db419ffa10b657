// Keycloak as a broker: its people sign in here, through its own pages, in a browser.
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inPage } from "../browser/browser.mjs";
import { passProvider, world } from "./application.mjs";

let it;
before(async () => {
  it = await world();
  const home = join(it.folder, "keycloak");
  await cp(process.env.KEYCLOAK, home, { recursive: true });
  await mkdir(join(home, "data/import"), { recursive: true });
  const realm = await readFile(new URL("keycloak/meadow-realm.json", import.meta.url), "utf8");
  await writeFile(join(home, "data/import/meadow-realm.json"), realm.replaceAll("ISSUER", it.issuer));
  const url = new URL(it.app);
  await it.start(
    join(home, "bin/kc.sh"),
    ["start-dev", "--import-realm", `--http-port=${url.port}`, "--http-host=127.0.0.1", `--hostname=${it.app}`],
    `${it.app}/realms/meadow`,
    { env: { ...process.env, JAVA_OPTS_KC_HEAP: "-Xms128m -Xmx768m" } },
  );
});
after(() => it?.stop());

test("a person signs in to Keycloak's account console through Signet, and signs out of both", () =>
  inPage(it.browser, {}, async (page) => {
    await page.goto(`${it.app}/realms/meadow/account/`);
    // Keycloak's first page takes a while.
    await page.click("#social-signet", { timeout: 60_000 });
    await page.waitForSelector("#sign-in");
    await passProvider(page, (url) => url.origin === it.app);
    await page.waitForFunction(() => document.querySelector("input#email")?.value === "diana@example.org");
    assert.equal(await page.inputValue("input#username"), "diana");

    await page.click("text=Diana Krall");
    await page.click("text=Sign out");
    await page.click("#social-signet");
    assert.ok(await page.waitForSelector("#sign-in"), "the person has to sign in again");
  }));
