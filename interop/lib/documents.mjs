// The web site of an application that is known by its client ID metadata document, with a certificate that
// only this run knows.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export async function documents() {
  const folder = await mkdtemp(join(tmpdir(), "signet-documents-"));
  const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
  const named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", ...named];
  await promisify(execFile)("openssl", [...made, "-keyout", key, "-out", certificate]);
  const site = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (request, response) => {
    const document = {
      client_id: `${origin}${request.url}`,
      client_name: "Meadow agent",
      redirect_uris: ["http://127.0.0.1:54321/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "native",
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  }).listen(0, "127.0.0.1");
  await once(site, "listening");
  const origin = `https://localhost:${site.address().port}`;
  const stop = () => {
    site.close();
    return rm(folder, { recursive: true, force: true });
  };
  return { origin, certificate, stop };
}
