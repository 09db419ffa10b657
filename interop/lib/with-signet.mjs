// node lib/with-signet.mjs [--more FILE] COMMAND…: runs a relying party's tests next to a Signet of its own,
// whose configuration is signet.toml and FILE.
//
// The command finds in its environment ISSUER (the provider), APP (the origin registered for redirects) and
// PERSON: an address that takes `url` and `answer` (allow or deny), sends a person there, and replies with
// the address at which the provider handed them back; `who` names one who keeps their cookies. So one person
// serves clients in every language.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { documents } from "./documents.mjs";
import { Person } from "./person.mjs";
import { serve } from "./signet.mjs";

const [command, ...args] = process.argv.slice(2);
const more = command === "--more" ? await readFile(args.shift(), "utf8") : "";
const documented = more.includes('"CERTIFICATE"') ? await documents() : undefined;
const signet = await serve(more, { CERTIFICATE: documented?.certificate });
const known = new Map();
const person = createServer(async (request, response) => {
  const asked = new URL(request.url, "http://person").searchParams;
  try {
    const who = asked.get("who");
    const someone = (who && known.get(who)) || new Person();
    if (who) known.set(who, someone);
    response.end(await someone.visit(asked.get("url"), asked.get("answer") ?? "allow"));
  } catch (error) {
    response.writeHead(500).end(`${error.stack}`);
  }
}).listen(0, "127.0.0.1");
await once(person, "listening");

const environment = {
  ISSUER: signet.issuer,
  APP: signet.app,
  PERSON: `http://127.0.0.1:${person.address().port}/`,
  DOCUMENTS: documented?.origin ?? "",
};
const child = spawn(more ? args.shift() : command, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...environment } });
const [code] = await once(child, "exit");
if (code !== 0) console.error(`the provider said:\n${signet.log.slice(-40).join("\n")}`);
person.close();
documented?.stop();
await signet.stop();
process.exitCode = code ?? 1;
