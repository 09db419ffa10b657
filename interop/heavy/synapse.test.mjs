// PyPI matrix-synapse: a Matrix home server whose people sign in here. It has a page of its own between the
// callback and its client.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { inPage } from "../browser/browser.mjs";
import { passProvider, world } from "./application.mjs";

let it;
before(async () => {
  it = await world();
  const python = process.env.SYNAPSE_PYTHON;
  const made = ["--server-name", "meadow.example", "--config-path", "homeserver.yaml", "--generate-config", "--report-stats=no"];
  await promisify(execFile)(python, ["-m", "synapse.app.homeserver", ...made], { cwd: it.folder });
  await appendFile(
    join(it.folder, "homeserver.yaml"),
    `
public_baseurl: "${it.app}/"
listeners:
  - { port: ${new URL(it.app).port}, type: http, bind_addresses: ["127.0.0.1"], resources: [{ names: [client] }] }
trusted_key_servers: []
oidc_providers:
  - idp_id: signet
    idp_name: Signet
    issuer: "${it.issuer}"
    client_id: "synapse"
    client_secret: "a-secret-for-matrix-synapse-0"
    scopes: ["openid", "profile", "email"]
    user_mapping_provider:
      config:
        localpart_template: "{{ user.preferred_username }}"
        display_name_template: "{{ user.name }}"
`,
  );
  await it.start(python, ["-m", "synapse.app.homeserver", "--config-path", "homeserver.yaml"], `${it.app}/_matrix/client/versions`);
});
after(() => it?.stop());

test("a person signs in, and Synapse knows who", () =>
  inPage(it.browser, {}, async (page) => {
    // Its page shows a picture from elsewhere, which nothing here may reach.
    await page.route("https://matrix.org/**", (route) => route.fulfill({ status: 204 }));
    const client = encodeURIComponent("http://127.0.0.1:1/client");
    await page.goto(`${it.app}/_matrix/client/v3/login/sso/redirect/oidc-signet?redirectUrl=${client}`);
    await passProvider(page, (url) => url.pathname === "/_synapse/client/oidc/callback");
    const text = await page.textContent("body");
    assert.match(text, /Diana Krall/, text);
    const token = new URL(await page.getAttribute("a.primary-button", "href")).searchParams.get("loginToken");
    const login = { method: "POST", body: JSON.stringify({ type: "m.login.token", token }) };
    const answer = await (await fetch(`${it.app}/_matrix/client/v3/login`, login)).json();
    assert.equal(answer.user_id, "@diana:meadow.example", JSON.stringify(answer));
  }));
