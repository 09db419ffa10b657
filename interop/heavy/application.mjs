// What the large applications share: a Signet, a browser, a process with its folder, and an end to all of
// them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { launch } from "../browser/browser.mjs";
import { serve } from "../lib/signet.mjs";

/**
 * A Signet that knows the large applications, a browser, and a folder; `stop` ends them and every process
 * that was started.
 */
export async function world() {
  const signet = await serve(await readFile(new URL("heavy.toml", import.meta.url), "utf8"));
  const browser = await launch();
  const folder = await mkdtemp(join(tmpdir(), "signet-heavy-"));
  const children = [];
  const stop = async () => {
    await browser.close();
    for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
      process.kill(-child.pid, "SIGTERM");
      await Promise.race([once(child, "exit"), pause(10_000).then(() => process.kill(-child.pid, "SIGKILL"))]);
    }
    await signet.stop();
    await rm(folder, { recursive: true, force: true });
  };
  /** Starts a program and waits until its address answers. */
  const start = async (command, args, address, options = {}) => {
    const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said = (said + chunk).slice(-20_000)));
    for (let tries = 0; tries < 600; tries++) {
      if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}:\n${said}`);
      const answer = await fetch(address, { redirect: "manual" }).catch(() => undefined);
      // Until the application is there, a proxy before it answers 404.
      if (answer && answer.status < 500 && answer.status !== 404) return { said: () => said };
      await pause(500);
    }
    throw new Error(`nothing answers at ${address}:\n${said}`);
  };
  return { ...signet, browser, folder, start, stop };
}

/**
 * Signs in and agrees at the provider's pages, until the browser is back at an address that `there`
 * accepts.
 */
export async function passProvider(page, there) {
  await page.waitForSelector("#username");
  await page.fill("#username", "diana");
  await page.fill("#password", "krall");
  await page.click("#sign-in", { noWaitAfter: true });
  const consent = page.waitForSelector("#consent-allow").then(() => "consent", () => "none");
  const arrived = page.waitForURL(there).then(() => "there", () => "none");
  if ((await Promise.race([consent, arrived])) === "consent") await page.click("#consent-allow", { noWaitAfter: true });
  await page.waitForURL(there);
}
