"""What the suite's own browser does on Signet's pages, as its plan configuration spells it."""

SIGN_IN, SIGN_IN_SEEN, ERROR_PAGE, EITHER = "sign in", "sign in, seen", "error page", "either"

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
}


def rules(issuer, relying_party, username, password):
    """The keys `browser` and `override` of a plan's configuration."""
    kinds = {
        kind: [{"match": f"{issuer}/authorize*", "tasks": _tasks(kind, issuer, relying_party, username, password)}]
        for kind in (SIGN_IN, *MODULES.values())
    }
    return {
        "browser": kinds[SIGN_IN],
        "override": {module: {"browser": kinds[kind]} for module, kind in MODULES.items()},
        "options": {"browsercontrol_css_enable": False},
    }


def _tasks(kind, issuer, relying_party, username, password):
    at_signet = f"{issuer}/*"
    sign_in_page = "//main[.//input[@id='password']]"
    seen = ["wait", "xpath", sign_in_page, 10, "\\S", "update-image-placeholder-optional"]
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
        "commands": [["wait", "css", "main[data-error]", 10, "\\S", "update-image-placeholder"]],
    }
    done = {
        "task": "Arrive at the relying party",
        "match": f"{relying_party}/callback*",
        "optional": kind == EITHER,
        "commands": [["wait", "id", "submission_complete", 10]],
    }
    return {
        SIGN_IN: [sign_in, consent, done],
        SIGN_IN_SEEN: [sign_in, consent, done],
        ERROR_PAGE: [error_page],
        EITHER: [sign_in, consent, error_page, done],
    }[kind]
