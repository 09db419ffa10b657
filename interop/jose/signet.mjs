// The other side: signet-jose as a program that answers lines of JSON (crates/jose/examples/lines.rs), and
// what it has.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export const payload = JSON.stringify({ iss: "https://op.example", name: "Zoë Łukasz 山田" });
export const encryptions = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"];
export const signatures =
  "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512".split(" ");
export const kinds = [
  { kty: "RSA" },
  { kty: "EC", crv: "P-256" },
  { kty: "EC", crv: "P-384" },
  { kty: "EC", crv: "P-521" },
  { kty: "OKP", crv: "X25519" },
  { kty: "oct" },
];

/** The key management algorithms of a kind of key. */
export function managements({ kty }) {
  if (kty === "RSA") return ["RSA-OAEP", "RSA-OAEP-256"];
  if (kty !== "oct") return ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"];
  return ["A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"];
}

/** The bytes of a shared secret. */
export function secretLength(alg, enc) {
  const bits = Number((alg === "dir" ? enc : alg).slice(1, 4));
  return (alg === "dir" && enc.includes("CBC") ? 2 * bits : bits) / 8;
}

export class Signet {
  #child = spawn(process.env.JOSE_LINES, { stdio: ["pipe", "pipe", "inherit"] });
  #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("signet-jose ended");
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(`${answer.error}: ${JSON.stringify({ ...question, jwk: undefined })}`);
    return answer;
  }

  end() {
    this.#child.stdin.end();
  }
}
