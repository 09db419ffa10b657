"""PyPI idpyoidc and Flask-pyoidc (over oic), which register themselves, and mozilla-django-oidc: each by its defaults."""

import copy
import logging
import os
import sys
import tempfile
import traceback
from urllib.parse import parse_qsl, urlsplit

import django
import flask
import requests
from django.conf import settings
from django.urls import include, path
from flask_pyoidc import OIDCAuthentication
from flask_pyoidc.provider_configuration import ClientRegistrationInfo, ProviderConfiguration
from flask_pyoidc.user_session import UserSession
from idpyoidc.client.defaults import DEFAULT_CLIENT_CONFIGS
from idpyoidc.client.rp_handler import RPHandler

logging.disable(logging.WARNING)
ISSUER, APP, PERSON = (os.environ[name] for name in ("ISSUER", "APP", "PERSON"))


def visit(url):
    """Sends a person there: the address with which they come back."""
    reply = requests.get(PERSON, params={"url": url}, timeout=60)
    assert reply.status_code == 200, reply.text
    return urlsplit(reply.text)


def idpyoidc_signs_in(base):
    """It lists code, id_token and code id_token, and publishes its keys at its own address."""
    # A handler writes into the defaults; the next one must not find that there.
    handler = RPHandler(base_url=base, client_configs=copy.deepcopy(DEFAULT_CLIENT_CONFIGS))
    back = visit(handler.begin(issuer_id=ISSUER))
    assert back.path.startswith("/authz_cb/"), back
    result = handler.finalize(ISSUER, dict(parse_qsl(back.query)))
    assert result["userinfo"]["sub"] == result["id_token"]["sub"], result
    registered = handler.issuer2rp[ISSUER].get_context().registration_response
    return registered["response_types"]


def test_idpyoidc():
    all_types = ["code", "id_token", "code id_token"]
    assert idpyoidc_signs_in("https://rp.example") == all_types
    assert idpyoidc_signs_in("https://127.0.0.1:8090") == ["code"]
    assert idpyoidc_signs_in("http://localhost:8090") == ["code"]


def test_flask_pyoidc():
    app = flask.Flask(__name__)
    app.config.update(OIDC_REDIRECT_URI=f"{APP}/redirect_uri", SECRET_KEY="only for the length of a test")
    registration = ClientRegistrationInfo(client_name="Flask", post_logout_redirect_uris=[f"{APP}/logout"])
    auth = OIDCAuthentication({"signet": ProviderConfiguration(issuer=ISSUER, client_registration_info=registration)}, app)

    @app.route("/")
    @auth.oidc_auth("signet")
    def index():
        session = UserSession(flask.session)
        return flask.jsonify(id_token=session.id_token, userinfo=session.userinfo)

    @app.route("/logout")
    @auth.oidc_logout
    def logout():
        return "signed out"

    page = app.test_client()
    back = visit(page.get("/", base_url=APP).location)
    page.get(f"{back.path}?{back.query}", base_url=APP)
    shown = page.get("/", base_url=APP)
    assert shown.status_code == 200 and shown.json["userinfo"]["sub"] == shown.json["id_token"]["sub"], shown.data
    out = page.get("/logout", base_url=APP)
    assert out.location.startswith(f"{ISSUER}/end_session?"), out.data


def test_mozilla_django_oidc():
    known = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=60).json()
    settings.configure(
        SECRET_KEY="only for the length of a test",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "mozilla_django_oidc"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
        OIDC_RP_CLIENT_ID="mozilla",
        OIDC_RP_CLIENT_SECRET="a-secret-for-mozilla-django-oidc",
        OIDC_OP_AUTHORIZATION_ENDPOINT=known["authorization_endpoint"],
        OIDC_OP_TOKEN_ENDPOINT=known["token_endpoint"],
        OIDC_OP_USER_ENDPOINT=known["userinfo_endpoint"],
        LOGIN_REDIRECT_URL="/in/",
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    globals()["urlpatterns"] = [path("oidc/", include("mozilla_django_oidc.urls"))]
    call_command("migrate", verbosity=0)
    browser = Client(headers={"host": urlsplit(APP).netloc})
    back = visit(browser.get("/oidc/authenticate/")["Location"])
    page = browser.get(f"{back.path}?{back.query}")
    assert (page.status_code, page["Location"]) == (302, "/in/"), page.content.decode()
    assert User.objects.get().email == "diana@example.org"


def main():
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        # idpyoidc keeps its keys where it runs.
        os.chdir(folder)
        for test in (test_idpyoidc, test_flask_pyoidc, test_mozilla_django_oidc):
            try:
                test()
                print(f"ok     {test.__name__}")
            except Exception:
                failed = True
                print(f"FAILED {test.__name__}")
                traceback.print_exc()
        os.chdir("/")
    sys.exit(1 if failed else 0)


main()
