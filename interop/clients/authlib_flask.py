"""PyPI Authlib: the Flask integration, which keeps state, nonce and verifier and checks the ID token by itself."""

import os
import sys
import traceback
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify, url_for

ISSUER, APP, PERSON = (os.environ[name] for name in ("ISSUER", "APP", "PERSON"))
CLIENTS = {
    "basic": ("a-first-secret-of-enough-length", "client_secret_basic"),
    "post": ("another-secret-of-enough-length", "client_secret_post"),
    "public": (None, "none"),
}


def application(name, **asked):
    """A Flask application with one client of the provider: what such a page needs and no more."""
    secret, method = CLIENTS[name]
    app = Flask(__name__)
    app.secret_key = "only for the length of a test"
    oauth = OAuth(app)
    provider = oauth.register(
        "signet",
        client_id=name,
        client_secret=secret,
        server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email offline_access",
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": method,
        },
    )

    @app.get("/login")
    def login():
        origin = "http://127.0.0.1:54321" if name == "public" else APP
        return provider.authorize_redirect(origin + url_for("cb"), prompt="consent", **asked)

    @app.get("/cb")
    def cb():
        try:
            return jsonify(provider.authorize_access_token())
        except OAuthError as error:
            return jsonify(error=error.error), 403

    return app.test_client(), provider


def visit(url, answer="allow"):
    """Sends a person there: the path and query with which they come back."""
    reply = requests.get(PERSON, params={"url": url, "answer": answer}, timeout=60)
    assert reply.status_code == 200, reply.text
    back = urlsplit(reply.text)
    return f"{back.path}?{back.query}"


def sign_in(name):
    page, provider = application(name)
    back = page.get(visit(page.get("/login").location))
    assert back.status_code == 200, back.get_data(as_text=True)
    return back.json, provider


def signs_in(name):
    token, provider = sign_in(name)
    assert token["userinfo"]["aud"] == name, token["userinfo"]
    assert token["userinfo"]["iss"] == ISSUER

    about = provider.userinfo(token=token)
    assert about["sub"] == token["userinfo"]["sub"]
    assert about["name"] == "Diana Krall"

    secret, method = CLIENTS[name]
    metadata = provider.load_server_metadata()
    session = OAuth2Session(name, secret, token_endpoint_auth_method=method, token=token)
    renewed = session.refresh_token(metadata["token_endpoint"])
    assert renewed["access_token"] != token["access_token"]
    assert session.get(metadata["userinfo_endpoint"], timeout=60).json()["sub"] == about["sub"]


def test_basic_signs_in():
    signs_in("basic")


def test_post_signs_in():
    signs_in("post")


def test_public_signs_in():
    signs_in("public")


def test_denied_consent_is_access_denied():
    page, _ = application("basic")
    back = page.get(visit(page.get("/login").location, answer="deny"))
    assert (back.status_code, back.json) == (403, {"error": "access_denied"}), back.get_data(as_text=True)


def test_foreign_state_is_not_taken():
    page, _ = application("basic")
    answer = visit(page.get("/login").location)
    other, _ = application("basic")
    other.get("/login")
    assert other.get(answer).json == {"error": "mismatching_state"}


def test_used_code_is_invalid_grant():
    page, provider = application("basic")
    answer = visit(page.get("/login").location)
    with page.session_transaction() as session:
        kept = dict(session)
    assert page.get(answer).status_code == 200
    with page.session_transaction() as session:
        session.update(kept)
    again = page.get(answer)
    assert (again.status_code, again.json) == (403, {"error": "invalid_grant"}), again.get_data(as_text=True)


def test_client_credentials():
    session = OAuth2Session("service", "a-fourth-secret-of-enough-length", scope="read")
    token = session.fetch_token(f"{ISSUER}/token", grant_type="client_credentials")
    assert token["token_type"].lower() == "bearer"
    assert "refresh_token" not in token


def test_foreign_address_is_never_answered():
    page, _ = application("basic")
    location = page.get("/login").location
    asked = parse_qs(urlsplit(location).query)
    wrong = location.replace(requests.utils.quote(asked["redirect_uri"][0], safe=""), "http%3A%2F%2F127.0.0.1%3A1%2Fcb")
    assert wrong != location
    reply = requests.get(wrong, headers={"Accept": "text/html"}, allow_redirects=False, timeout=60)
    assert reply.status_code == 400, reply.status_code
    assert "data-error=" in reply.text


def main():
    failed = 0
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    for name, test in tests:
        try:
            test()
            print("ok    ", name)
        except Exception:
            failed += 1
            print("FAILED", name)
            traceback.print_exc()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
