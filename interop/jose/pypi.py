"""PyPI joserfc and jwcrypto: every algorithm that signet-jose has, both ways; each side makes the keys that the other encrypts
to or verifies with."""

import hashlib
import json
import os
import subprocess
import warnings
from base64 import urlsafe_b64encode

from joserfc import jwe as joserfc_jwe
from joserfc import jwk as joserfc_jwk
from joserfc import jws as joserfc_jws
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto import jwk as jwcrypto_jwk
from jwcrypto import jws as jwcrypto_jws

PAYLOAD = json.dumps({"iss": "https://op.example", "name": "Zoë Łukasz 山田"})
ENCRYPTIONS = ["A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"]
SIGNATURES = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512".split()
KINDS = [("RSA", None), ("EC", "P-256"), ("EC", "P-384"), ("EC", "P-521"), ("OKP", "X25519"), ("oct", None)]
MANAGEMENTS = {
    "RSA": ["RSA-OAEP", "RSA-OAEP-256"],
    "EC": ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"],
    "oct": ["A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW", "dir"],
}
MANAGEMENTS["OKP"] = MANAGEMENTS["EC"]
SIGNING_KEYS = {"RS": ("RSA", 2048), "PS": ("RSA", 2048), "Ed": ("OKP", "Ed25519"), "HS": ("oct", 512)}
SIGNING_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class Signet:
    """signet-jose as a program that answers lines of JSON (crates/jose/examples/lines.rs)."""

    def __init__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.child = subprocess.Popen([os.environ["JOSE_LINES"]], text=True, encoding="utf-8", **pipes)

    def ask(self, op, **question):
        self.child.stdin.write(json.dumps({"op": op, **question}) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        assert "error" not in answer, (op, question.get("alg"), question.get("enc"), answer["error"])
        return answer

    def end(self):
        self.child.stdin.close()
        assert self.child.wait() == 0


class Joserfc:
    """joserfc, with every algorithm allowed."""

    name = "joserfc"

    def generate(self, kty, size):
        key = joserfc_jwk.JWKRegistry.generate_key(kty, size)
        return key.as_dict(private=True), key.as_dict(private=False) if kty != "oct" else None

    def encrypt(self, jwk, alg, enc):
        header = {"alg": alg, "enc": enc}
        key = joserfc_jwk.import_key(jwk)
        return joserfc_jwe.encrypt_compact(header, PAYLOAD.encode(), key, algorithms=[alg, enc])

    def decrypt(self, jwk, alg, enc, token):
        key = joserfc_jwk.import_key(jwk)
        return joserfc_jwe.decrypt_compact(token, key, algorithms=[alg, enc]).plaintext

    def sign(self, jwk, alg):
        key = joserfc_jwk.import_key(jwk)
        return joserfc_jws.serialize_compact({"alg": alg}, PAYLOAD.encode(), key, algorithms=[alg])

    def verify(self, jwk, alg, token):
        return joserfc_jws.deserialize_compact(token, joserfc_jwk.import_key(jwk), algorithms=[alg]).payload


class Jwcrypto:
    """jwcrypto, with every algorithm allowed."""

    name = "jwcrypto"

    def generate(self, kty, size):
        size = {"RSA": {"size": size}, "oct": {"size": size}}.get(kty, {"crv": size})
        key = jwcrypto_jwk.JWK.generate(kty=kty, **size)
        return key.export(as_dict=True), key.export_public(as_dict=True) if kty != "oct" else None

    def encrypt(self, jwk, alg, enc):
        token = jwcrypto_jwe.JWE(PAYLOAD.encode(), protected={"alg": alg, "enc": enc}, algs=[alg, enc])
        token.add_recipient(jwcrypto_jwk.JWK(**jwk))
        return token.serialize(compact=True)

    def decrypt(self, jwk, alg, enc, token):
        opened = jwcrypto_jwe.JWE(algs=[alg, enc])
        opened.deserialize(token, key=jwcrypto_jwk.JWK(**jwk))
        return opened.payload

    def sign(self, jwk, alg):
        token = jwcrypto_jws.JWS(PAYLOAD.encode())
        token.allowed_algs = [alg]
        token.add_signature(jwcrypto_jwk.JWK(**jwk), protected=json.dumps({"alg": alg}))
        return token.serialize(compact=True)

    def verify(self, jwk, alg, token):
        opened = jwcrypto_jws.JWS()
        opened.allowed_algs = [alg]
        opened.deserialize(token, key=jwcrypto_jwk.JWK(**jwk))
        return opened.payload


def oct_key(octets):
    return {"kty": "oct", "k": urlsafe_b64encode(octets).rstrip(b"=").decode()}


def secret_length(alg, enc):
    bits = int((enc if alg == "dir" else alg)[1:4])
    return bits // 4 if alg == "dir" and "CBC" in enc else bits // 8


def both_ways(signet, library, alg, enc, sealing, opening, **how):
    """One token of ours that the library opens with `opening`, one of its own, made with `sealing`, that we open."""
    token = signet.ask("encrypt", alg=alg, enc=enc, payload=PAYLOAD, **how["to"])["token"]
    assert library.decrypt(opening, alg, enc, token) == PAYLOAD.encode(), (library.name, alg, enc)
    token = library.encrypt(sealing, alg, enc)
    assert signet.ask("decrypt", token=token, **how["by"])["payload"] == PAYLOAD, (library.name, alg, enc)
    return 2


def encryption(signet, library):
    tried = 0
    for kty, crv in KINDS:
        if kty != "oct":
            ours = signet.ask("generate", kty=kty, crv=crv)
            private, public = library.generate(kty, crv or 2048)
        for alg in MANAGEMENTS[kty]:
            for enc in ENCRYPTIONS:
                if kty != "oct":
                    how = {"to": {"jwk": public}, "by": {"jwk": ours["jwk"]}}
                    tried += both_ways(signet, library, alg, enc, ours["public"], private, **how)
                    continue
                length = secret_length(alg, enc)
                jwk = oct_key(os.urandom(length))
                how = {"jwk": jwk}
                tried += both_ways(signet, library, alg, enc, jwk, jwk, to=how, by=how)
                secret = "the secret of a client, as long as it likes"
                digest = hashlib.sha256 if length <= 32 else hashlib.sha384 if length <= 48 else hashlib.sha512
                jwk = oct_key(digest(secret.encode()).digest()[:length])
                how = {"secret": secret}
                tried += both_ways(signet, library, alg, enc, jwk, jwk, to=how, by=how)
    # Two algorithms with RSA and four with each of four curves, both ways; seven with secrets, both ways and
    # by client secret.
    assert tried == ((2 + 4 * 4) * 2 + 7 * 4) * len(ENCRYPTIONS), tried
    return tried


def signatures(signet, library):
    tried = 0
    for alg in SIGNATURES:
        kty, size = ("EC", SIGNING_CURVES[alg]) if alg in SIGNING_CURVES else SIGNING_KEYS[alg[:2]]
        private, public = library.generate(kty, size)
        if kty == "oct":
            public = private
            ours = {"jwk": private, "public": private}
        else:
            ours = signet.ask("generate-signing", alg=alg)
        token = signet.ask("sign", alg=alg, jwk=ours["jwk"], payload=PAYLOAD)["token"]
        assert library.verify(ours["public"], alg, token) == PAYLOAD.encode(), (library.name, alg)
        token = library.sign(private, alg)
        assert signet.ask("verify", alg=alg, jwk=public, token=token)["payload"] == PAYLOAD, (library.name, alg)
        # A key that the library made signs here as it does there.
        token = signet.ask("sign", alg=alg, jwk=private, payload=PAYLOAD)["token"]
        assert library.verify(public, alg, token) == PAYLOAD.encode(), (library.name, alg)
        tried += 3
    assert tried == len(SIGNATURES) * 3, tried
    return tried


def main():
    # Both libraries warn of algorithms that are not recommended: here all are wanted.
    warnings.simplefilter("ignore")
    signet = Signet()
    for library in (Joserfc(), Jwcrypto()):
        tried = encryption(signet, library) + signatures(signet, library)
        print(f"PyPI {library.name}: {tried} tokens understood")
    signet.end()


if __name__ == "__main__":
    main()
