// PyPI jupyterhub with oauthenticator's generic OpenID Connect: it reads UserInfo, and names people by
// preferred_username.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inPage } from "../browser/browser.mjs";
import { freePort } from "../lib/signet.mjs";
import { passProvider, world } from "./application.mjs";

let it;
before(async () => {
  it = await world();
  const [hub, proxy] = [await freePort(), await freePort()];
  await writeFile(
    join(it.folder, "jupyterhub_config.py"),
    `c.JupyterHub.bind_url = "${it.app}"
c.JupyterHub.hub_port = ${hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:${proxy}"
c.ConfigurableHTTPProxy.command = ["${process.env.CONFIGURABLE_HTTP_PROXY}"]
c.JupyterHub.authenticator_class = "generic-oauth"
c.JupyterHub.spawner_class = "simple"
c.GenericOAuthenticator.client_id = "jupyterhub"
c.GenericOAuthenticator.client_secret = "a-secret-for-jupyterhub-00000"
c.GenericOAuthenticator.oauth_callback_url = "${it.app}/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = "${it.issuer}/authorize"
c.GenericOAuthenticator.token_url = "${it.issuer}/token"
c.GenericOAuthenticator.userdata_url = "${it.issuer}/userinfo"
c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
c.GenericOAuthenticator.username_claim = "preferred_username"
c.GenericOAuthenticator.allow_all = True
`,
  );
  await it.start(process.env.JUPYTERHUB, ["-f", "jupyterhub_config.py"], `${it.app}/hub/api`);
});
after(() => it?.stop());

test("a person signs in under the name they sign in with", () =>
  inPage(it.browser, {}, async (page) => {
    await page.goto(`${it.app}/hub/oauth_login?next=${encodeURIComponent("/hub/home")}`);
    await passProvider(page, `${it.app}/hub/home`);
    assert.match(await page.textContent("body"), /\bdiana\b/);
  }));
