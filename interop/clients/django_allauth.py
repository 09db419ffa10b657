"""PyPI django-allauth: its OpenID Connect provider in its default state, in a Django project that fits this file."""

import os
import sys
import traceback
from urllib.parse import urlsplit

import django
import requests
from django.conf import settings

ISSUER, APP, PERSON = (os.environ[name] for name in ("ISSUER", "APP", "PERSON"))

settings.configure(
    SECRET_KEY="only for the length of a test",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="allauth.urls",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "allauth.socialaccount.providers.openid_connect",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    SOCIALACCOUNT_LOGIN_ON_GET=True,
    LOGIN_REDIRECT_URL="/in/",
    SOCIALACCOUNT_PROVIDERS={
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "signet",
                    "name": "Signet",
                    "client_id": "allauth",
                    "secret": "a-secret-for-django-allauth-x",
                    "settings": {"server_url": ISSUER},
                }
            ]
        }
    },
)
django.setup()

from allauth.socialaccount.models import SocialAccount  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402


def test_a_person_signs_in():
    call_command("migrate", verbosity=0)
    browser = Client(headers={"host": urlsplit(APP).netloc})
    asked = browser.get("/oidc/signet/login/")
    assert asked.status_code == 302, asked.content
    reply = requests.get(PERSON, params={"url": asked["Location"]}, timeout=60)
    assert reply.status_code == 200, reply.text
    back = urlsplit(reply.text)
    page = browser.get(f"{back.path}?{back.query}")
    assert (page.status_code, page["Location"]) == (302, "/in/"), page.content.decode()
    account = SocialAccount.objects.get(provider="signet")
    assert account.extra_data["userinfo"]["name"] == "Diana Krall", account.extra_data
    assert account.user.email == "diana@example.org"


def main():
    try:
        test_a_person_signs_in()
        print("ok     test_a_person_signs_in")
    except Exception:
        traceback.print_exc()
        sys.exit(1)


main()
