// Spring Security, as a client that signs people in and as a resource server that takes our access tokens:
// JWTs by its settings, JWTs by the decoder of docs/protect-an-api.md, and opaque ones.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inPage } from "../browser/browser.mjs";
import { passProvider, world } from "./application.mjs";

let it;
before(async () => {
  it = await world();
  const settings = [
    `--server.port=${new URL(it.app).port}`,
    "--server.address=127.0.0.1",
    "--spring.security.oauth2.client.registration.signet.client-id=spring",
    "--spring.security.oauth2.client.registration.signet.client-secret=a-secret-for-spring-security-0",
    "--spring.security.oauth2.client.registration.signet.scope=openid,profile,email",
    `--spring.security.oauth2.client.provider.signet.issuer-uri=${it.issuer}`,
    `--spring.security.oauth2.resourceserver.jwt.issuer-uri=${it.issuer}`,
    `--spring.security.oauth2.resourceserver.jwt.audiences=${it.app}/api`,
    `--meadow.typed=${it.app}/typed`,
    `--spring.security.oauth2.resourceserver.opaquetoken.introspection-uri=${it.issuer}/introspect`,
    "--spring.security.oauth2.resourceserver.opaquetoken.client-id=api",
    "--spring.security.oauth2.resourceserver.opaquetoken.client-secret=a-secret-for-the-api-00000000",
  ];
  await it.start("java", ["-Xmx256m", "-jar", process.env.SPRING_JAR, ...settings], `${it.app}/api/notes`);
});
after(() => it?.stop());

test("a person signs in", () =>
  inPage(it.browser, {}, async (page) => {
    await page.goto(`${it.app}/who`);
    await passProvider(page, (url) => url.origin === it.app && url.pathname === "/who");
    assert.match(await page.textContent("body"), /Diana Krall/);
  }));

const kinds = {
  api: "a JWT whose typ is JWT, by its settings",
  typed: "a JWT whose typ is at+jwt, by the decoder in the book",
  opaque: "an opaque token, by introspection",
};
for (const [kind, what] of Object.entries(kinds))
  test(`the resource server takes ${what}, and none for another API`, async () => {
    const token = async (service, secret, wanted) => {
      const body = new URLSearchParams({ grant_type: "client_credentials", ...wanted });
      const authorization = `Basic ${btoa(`${service}:${secret}`)}`;
      const answer = await (await fetch(`${it.issuer}/token`, { method: "POST", body, headers: { authorization } })).json();
      assert.ok(answer.access_token, JSON.stringify(answer));
      return answer.access_token;
    };
    const reader = (api) => token("service", "a-fourth-secret-of-enough-length", { scope: "read", resource: `${it.app}/${api}` });
    const notes = async (access) => fetch(`${it.app}/${kind}/notes`, { headers: access && { authorization: `Bearer ${access}` } });
    assert.equal((await notes()).status, 401);
    const answer = await notes(await reader(kind));
    assert.equal(answer.status, 200, answer.headers.get("www-authenticate"));
    assert.equal(await answer.text(), "notes of service");
    assert.equal((await notes(await token("stranger", "a-secret-for-a-stranger-00000"))).status, 401);
    for (const other of Object.keys(kinds).filter((one) => one !== kind))
      assert.equal((await notes(await reader(other))).status, 401, other);
  });
