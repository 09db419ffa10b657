// What the Node tests share: where the provider is, and a person to send there.
import assert from "node:assert/strict";

export const { ISSUER: issuer, APP: app, PERSON: person } = process.env;
if (!issuer || !app || !person) throw new Error("run this through interop/run");

/**
 * Sends a person to the address; the URL at which the provider hands them back. The same `who` keeps their
 * cookies.
 */
export async function visit(url, { answer = "allow", who = "" } = {}) {
  const reply = await fetch(`${person}?${new URLSearchParams({ url, answer, who })}`);
  const text = await reply.text();
  assert.equal(reply.status, 200, text);
  return new URL(text);
}

/** The clients of signet.toml that sign people in, with what each registered. */
export const clients = [
  { id: "basic", secret: "a-first-secret-of-enough-length", method: "client_secret_basic", alg: "RS256", redirect: `${app}/cb` },
  { id: "post", secret: "another-secret-of-enough-length", method: "client_secret_post", alg: "ES256", redirect: `${app}/cb` },
  { id: "public", method: "none", alg: "RS256", redirect: "http://127.0.0.1:54321/cb" },
  { id: "trusted", secret: "a third: with+signs/and%more", method: "client_secret_basic", alg: "RS256", redirect: `${app}/cb` },
];

export const service = { id: "service", secret: "a-fourth-secret-of-enough-length" };
