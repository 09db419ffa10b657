"""Which error page each module has to end on: the suite keeps any page for a person's look, and a wrong one must not pass as a right one."""

from html.parser import HTMLParser

# The code on the page, and a word of what it tells the application's developer.
EXPECTED = {
    "oidcc-ensure-registered-redirect-uri": ("invalid_request", "redirect_uri"),
    "oidcc-ensure-redirect-uri-in-authorization-request": ("invalid_request", "redirect_uri"),
    "oidcc-redirect-uri-query-added": ("invalid_request", "redirect_uri"),
    "oidcc-redirect-uri-query-mismatch": ("invalid_request", "redirect_uri"),
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": ("invalid_request", "post_logout_redirect_uri"),
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": ("invalid_request", "post_logout_redirect_uri"),
}


def wrong(module, kept):
    """What is wrong with the pages that were kept of a module; nothing where none is expected."""
    if module not in EXPECTED:
        return []
    code, word = EXPECTED[module]
    problems = []
    for page in kept:
        found = _Page()
        found.feed(page)
        if found.code != code:
            problems.append(f"the page shows the error {found.code}, and {code} is due")
        elif word not in found.text:
            problems.append(f"the page says nothing of {word}")
    return problems


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.code, self.text = None, ""

    def handle_starttag(self, tag, attributes):
        if tag == "main":
            self.code = dict(attributes).get("data-error")

    def handle_data(self, data):
        self.text += data
