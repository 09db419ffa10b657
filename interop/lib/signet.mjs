// Starts the binary under test with a configuration of its own and stops it again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;

/** The binary: SIGNET, or the release build below the target folder. */
export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(here, "../../target");
  const path = resolve(process.env.SIGNET ?? join(target, "release/signet"));
  if (!existsSync(path)) throw new Error(`missing: ${path} (cargo build --release)`);
  return path;
}

/** A port that was free a moment ago, as were those that follow it. */
export async function freePort(count = 1) {
  const held = [];
  const hold = async (port) => {
    const probe = createServer().listen(port, "127.0.0.1");
    held.push(probe);
    await once(probe, "listening");
    return probe.address().port;
  };
  try {
    const first = await hold(0);
    for (let next = 1; next < count; next++) await hold(first + next);
    return first;
  } catch {
    return await freePort(count);
  } finally {
    for (const probe of held) probe.close();
  }
}

/** Runs the binary until it says what `ready` matches; `stop` ends it and removes its folder. */
export async function start(args, ready, folder) {
  const child = spawn(binary(), args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const log = [];
  const said = new Promise((found, failed) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on("line", (line) => {
        log.push(line);
        if (ready.test(log.join("\n"))) found();
      });
    child.on("error", failed);
    child.on("exit", (code) => failed(new Error(`signet ended with ${code}:\n${log.join("\n")}`)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await said;
  } catch (error) {
    await stop();
    throw error;
  }
  return { log, stop };
}

/**
 * `signet serve` with signet.toml on free ports, and `more` at its end; `places` says what further words in
 * capitals are.
 */
export async function serve(more = "", places = {}) {
  const listen = `127.0.0.1:${await freePort()}`;
  const issuer = `http://${listen}`;
  const app = `http://127.0.0.1:${await freePort()}`;
  const folder = await mkdtemp(join(tmpdir(), "signet-interop-"));
  const template = await readFile(join(here, "../signet.toml"), "utf8");
  const words = { ISSUER: issuer, LISTEN: listen, APP: app, ...places };
  const config = `${template}\n${more}`.replaceAll(/(?<=")[A-Z]+(?=["/])/g, (word) => words[word] ?? word);
  await writeFile(join(folder, "signet.toml"), config);
  const running = await start(["serve", "--config", "signet.toml"], /listening on /, folder);
  return { issuer, app, ...running };
}
