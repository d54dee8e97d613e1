"""The docs hang together."""

import re

import pytest

from tests.harness.processes import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def links(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return [link for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) if "://" not in link]


def test_the_index_has_every_page():
    listed = {(DOCS / link).resolve() for link in links(DOCS / "index.md")}
    assert [str(page) for page in PAGES if page.name != "index.md" and page.resolve() not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_link_leads_somewhere(page):
    assert [link for link in links(page) if not (page.parent / link).exists()] == []
