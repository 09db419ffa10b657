// npm jose: every algorithm that signet-jose has, both ways; each side makes the keys that the other encrypts
// to or verifies with.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as jose from "jose";
import { Signet, encryptions, kinds, managements, payload, secretLength, signatures } from "./signet.mjs";

const signet = new Signet();
const encoded = new TextEncoder().encode(payload);
const text = (bytes) => new TextDecoder().decode(bytes);
const oct = (bytes) => ({ kty: "oct", k: jose.base64url.encode(bytes) });

/** The keys of a new pair made by npm jose. */
async function pair(alg, crv) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true, ...(crv && { crv }) });
  return { privateKey, private: await jose.exportJWK(privateKey), public: await jose.exportJWK(publicKey) };
}

const seal = (alg, enc, key) => new jose.CompactEncrypt(encoded).setProtectedHeader({ alg, enc }).encrypt(key);
const open = async (token, key) => text((await jose.compactDecrypt(token, key)).plaintext);

let tried = 0;
for (const kind of kinds) {
  test(`encryption with ${kind.crv ?? kind.kty}`, async () => {
    for (const alg of managements(kind)) {
      const ours = kind.kty === "oct" ? null : await signet.ask({ op: "generate", ...kind });
      const theirs = kind.kty === "oct" ? null : await pair(alg, kind.crv);
      for (const enc of encryptions) {
        if (kind.kty === "oct") {
          const bytes = crypto.getRandomValues(new Uint8Array(secretLength(alg, enc)));
          const made = await signet.ask({ op: "encrypt", alg, enc, jwk: oct(bytes), payload });
          assert.equal(await open(made.token, bytes), payload, `${alg} ${enc}`);
          const found = await signet.ask({ op: "decrypt", jwk: oct(bytes), token: await seal(alg, enc, bytes) });
          assert.equal(found.payload, payload, `${alg} ${enc}`);

          const secret = "the secret of a client, as long as it likes";
          const hash = bytes.length <= 32 ? "sha256" : bytes.length <= 48 ? "sha384" : "sha512";
          const key = createHash(hash).update(secret).digest().subarray(0, bytes.length);
          const shared = await signet.ask({ op: "encrypt", alg, enc, secret, payload });
          assert.equal(await open(shared.token, key), payload, `${alg} ${enc} by client secret`);
          const back = await signet.ask({ op: "decrypt", secret, token: await seal(alg, enc, key) });
          assert.equal(back.payload, payload, `${alg} ${enc} by client secret`);
          tried += 4;
        } else {
          const made = await signet.ask({ op: "encrypt", alg, enc, jwk: theirs.public, payload });
          assert.equal(await open(made.token, theirs.privateKey), payload, `${alg} ${enc}`);
          const token = await seal(alg, enc, await jose.importJWK(ours.public, alg));
          const found = await signet.ask({ op: "decrypt", jwk: ours.jwk, token });
          assert.equal(found.payload, payload, `${alg} ${enc}`);
          tried += 2;
        }
      }
    }
  });
}

test("signatures", async () => {
  for (const alg of signatures) {
    let ours, theirs;
    if (alg.startsWith("HS")) {
      const jwk = oct(crypto.getRandomValues(new Uint8Array(64)));
      ours = theirs = { jwk, public: jwk, private: jwk };
    } else {
      ours = await signet.ask({ op: "generate-signing", alg });
      theirs = await pair(alg);
    }
    const { token } = await signet.ask({ op: "sign", alg, jwk: ours.jwk, payload });
    const verified = await jose.compactVerify(token, await jose.importJWK(ours.public, alg), { algorithms: [alg] });
    assert.equal(text(verified.payload), payload, alg);
    const key = await jose.importJWK(theirs.private, alg);
    const signed = await new jose.CompactSign(encoded).setProtectedHeader({ alg }).sign(key);
    assert.equal((await signet.ask({ op: "verify", alg, jwk: theirs.public, token: signed })).payload, payload, alg);
    // A key that npm jose made signs here as it does there.
    const again = await signet.ask({ op: "sign", alg, jwk: theirs.private, payload });
    await jose.compactVerify(again.token, await jose.importJWK(theirs.public, alg));
    tried += 3;
  }
});

test("all of them were tried", () => {
  signet.end();
  // Two algorithms with RSA and four with each of four curves, both ways; seven with secrets, both ways and
  // by client secret.
  assert.equal(tried, ((2 + 4 * 4) * 2 + 7 * 4) * encryptions.length + signatures.length * 3);
  console.log(`npm jose: ${tried} tokens understood`);
});
