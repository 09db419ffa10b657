#!/usr/bin/env python3
"""Two parts of `./test book`.

As mdBook's preprocessor (no argument, or `supports RENDERER`): a link that leads out of docs/ becomes a link to the same
file in the repository that Cargo.toml names, or plain text where it names none.

`book.py check FOLDER`: every link, image, script and anchor of the rendered book has to lead to something that exists.
"""

import json
import posixpath
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
# A code span, which stays as it is, or a link whose text may contain code spans. An image counts as a link.
SPAN_OR_LINK = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)|!?\[((?:`[^`]*`|[^\[\]`])*)\]\(([^()\s]+)\)", re.DOTALL)
FENCED = re.compile(r"(^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?^ {0,3}\2[`~]*[ \t]*$)", re.DOTALL | re.MULTILINE)


def repository():
    found = re.search(r'^repository *= *"([^"]+?)/?"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    return found and found[1]


def links_out(text, folder, address):
    """The chapter's text, with links out of docs/ rewritten; `folder` is the chapter's, below docs/."""

    def one(found):
        label, target = found[2], found[3]
        if target is None or "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        path, hash_, anchor = target.partition("#")
        inside = posixpath.normpath(posixpath.join("docs", folder, path))
        if inside.startswith("docs/"):
            return found[0]
        if not (ROOT / inside).exists():
            sys.exit(f"book: a page links to {target}, which does not exist")
        return f"[{label}]({address}/blob/HEAD/{inside}{hash_}{anchor})" if address else label

    parts, start = [], 0
    for code in FENCED.finditer(text):
        parts += [SPAN_OR_LINK.sub(one, text[start : code.start()]), code[0]]
        start = code.end()
    return "".join(parts) + SPAN_OR_LINK.sub(one, text[start:])


def preprocess():
    _context, book = json.load(sys.stdin)
    address = repository()

    def walk(items):
        for chapter in (item["Chapter"] for item in items if isinstance(item, dict) and "Chapter" in item):
            folder = posixpath.dirname(chapter.get("path") or "")
            chapter["content"] = links_out(chapter["content"], folder, address)
            walk(chapter["sub_items"])

    walk(book["items"])
    json.dump(book, sys.stdout)


class Page(HTMLParser):
    """The anchors of a rendered page, and what it leads to."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.targets = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        # The name of a form's field or of a <meta> is no anchor.
        names = ("id", "name") if tag == "a" else ("id",)
        self.anchors.update(attrs[name] for name in names if attrs.get(name))
        # A page's <base> is the address of the whole book.
        if tag != "base":
            self.targets += [attrs[name] for name in ("href", "src") if attrs.get(name)]


def check(folder):
    folder = folder.resolve()
    pages = {file: Page(file.read_text()) for file in sorted(folder.rglob("*.html"))}
    dead, seen = [], 0
    for file, page in pages.items():
        for target in page.targets:
            address = urlsplit(target)
            if address.scheme or address.netloc:
                continue
            seen += 1
            path = unquote(address.path)
            to = file if not path else (folder / path.lstrip("/") if path.startswith("/") else file.parent / path).resolve()
            if to.is_dir():
                to /= "index.html"
            anchor = unquote(address.fragment)
            known = to in pages and anchor in pages[to].anchors
            if not to.is_file() or folder not in to.parents or (anchor and not known):
                dead.append(f"{file.relative_to(folder)} leads to {target}, which does not exist")
    print("\n".join(dead) or f"book: {len(pages)} pages, {seen} links within the book, none of them dead")
    return 1 if dead or len(pages) < 3 else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        sys.exit(check(Path(sys.argv[2])))
    if sys.argv[1:2] != ["supports"]:
        preprocess()
