"""What the suite's own browser does on Signet's pages, as its plan configuration spells it."""

SIGN_IN, SIGN_IN_SEEN, ERROR_PAGE, EITHER = "sign in", "sign in, seen", "error page", "either"
LOGO, POLICY, TERMS = "logo", "policy", "terms"
STAY, ASKED = "sign in, no sign-out", "sign in, asked"

# Modules that need more than signing in. "Seen" pages fill the screenshot that the module asks for.
MODULES = {
    "oidcc-prompt-login": SIGN_IN_SEEN,
    "oidcc-max-age-1": SIGN_IN_SEEN,
    "oidcc-ensure-registered-redirect-uri": ERROR_PAGE,
    "oidcc-ensure-redirect-uri-in-authorization-request": ERROR_PAGE,
    "oidcc-redirect-uri-query-added": ERROR_PAGE,
    "oidcc-redirect-uri-query-mismatch": ERROR_PAGE,
    "oidcc-response-type-missing": EITHER,
    "oidcc-ensure-request-object-with-redirect-uri": EITHER,
    "oidcc-ensure-request-without-nonce-fails": EITHER,
    "oidcc-registration-logo-uri": LOGO,
    "oidcc-registration-policy-uri": POLICY,
    "oidcc-registration-tos-uri": TERMS,
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": STAY,
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": STAY,
    "oidcc-rp-initiated-logout-modified-id-token-hint": ASKED,
    "oidcc-rp-initiated-logout-bad-id-token-hint": ASKED,
    "oidcc-rp-initiated-logout-no-id-token-hint": ASKED,
}

# What must be on the sign-in page of a client that registered the suite's own addresses for these.
ON_SIGN_IN_PAGE = {
    LOGO: "//img[contains(@src, '/logo/') and contains(@src, 'openid.png')]",
    POLICY: "//a[contains(@href, '/login.html')]",
    TERMS: "//a[starts-with(@href, 'https://openid.net')]",
}
WAIT = 20


def rules(issuer, relying_party, username, password):
    """The keys `browser` and `override` of a plan's configuration."""
    kinds = {
        kind: [
            {"match": f"{issuer}/authorize*", "tasks": _tasks(kind, issuer, relying_party, username, password)},
            {"match": f"{issuer}/end_session*", "tasks": _sign_out(kind, issuer, relying_party)},
        ]
        for kind in (SIGN_IN, *MODULES.values())
    }
    return {
        "browser": kinds[SIGN_IN],
        "override": {module: {"browser": kinds[kind]} for module, kind in MODULES.items()},
        "options": {"browsercontrol_css_enable": False},
    }


def _tasks(kind, issuer, relying_party, username, password):
    at_signet = f"{issuer}/*"
    if kind in ON_SIGN_IN_PAGE:
        page = f"//body[.//input[@id='password'] and .{ON_SIGN_IN_PAGE[kind]}]"
        return [{"task": f"See the {kind}", "match": at_signet, "commands": [_see("xpath", page)]}]
    seen = _see("xpath", "//main[.//input[@id='password']]", "update-image-placeholder-optional")
    sign_in = {
        "task": "Sign in",
        "match": at_signet,
        "optional": True,
        "commands": [
            *([seen] if kind == SIGN_IN_SEEN else []),
            ["text", "id", "username", username, "optional"],
            ["text", "id", "password", password, "optional"],
            ["click", "id", "sign-in", "optional"],
        ],
    }
    consent = {
        "task": "Consent",
        "match": at_signet,
        "optional": True,
        "commands": [["click", "id", "consent-allow", "optional"]],
    }
    error_page = {
        "task": "See the error page",
        "match": at_signet,
        "optional": kind == EITHER,
        "commands": [_see("css", "main[data-error]")],
    }
    done = {
        "task": "Arrive at the relying party",
        "match": f"{relying_party}/callback*",
        "optional": kind == EITHER,
        "commands": [["wait", "id", "submission_complete", WAIT]],
    }
    return {
        SIGN_IN: [sign_in, consent, done],
        SIGN_IN_SEEN: [sign_in, consent, done],
        STAY: [sign_in, consent, done],
        ASKED: [sign_in, consent, done],
        ERROR_PAGE: [error_page],
        EITHER: [sign_in, consent, error_page, done],
    }[kind]


def _sign_out(kind, issuer, relying_party):
    """Signs out where the page asks, and sees the page that tells of it; the error page where nobody is signed out; the question itself
    where no hint can be read (RP-Initiated Logout, section 4)."""
    at_signet = f"{issuer}/*"
    confirm = {
        "task": "Confirm signing out",
        "match": at_signet,
        "optional": True,
        "commands": [["click", "id", "sign-out-confirm", "optional"]],
    }
    signed_out = {
        "task": "See the signed-out page",
        "match": at_signet,
        "optional": True,
        "commands": [_see("xpath", "//main[not(@data-error or .//*[@id='sign-out-confirm'])]")],
    }
    done = {"task": "Be back at the relying party", "match": f"{relying_party}/post_logout_redirect*", "optional": True}
    refused = {"task": "See the error page", "match": at_signet, "commands": [_see("css", "main[data-error]")]}
    asked = {"task": "See that the person is asked", "match": at_signet, "commands": [_see("id", "sign-out-confirm")]}
    return {STAY: [refused], ASKED: [asked]}.get(kind, [confirm, signed_out, done])


def _see(by, target, action="update-image-placeholder"):
    return ["wait", by, target, WAIT, "\\S", action]
