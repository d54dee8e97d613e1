"""A real Chromium, a real daphne with the demo project, and people with a window each."""

import os

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.harness.processes import ROOT
from tests.harness.site import Site, log_in
from tests.media.tones import ALLOW
from tests.media.tones import ASKING as MICROPHONE

expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items):
    """Everything here needs the browser, whose loop is the session's."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "browser"):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=[*MICROPHONE, ALLOW])
        yield browser
        await browser.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("site") / "db.sqlite3") as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def visit(site, browser):
    """``page = await visit("alice")``: an empty window of one's own, logged in; without a name, at the login.

    What breaks a page's script fails the test.
    """
    contexts, problems = [], []

    def listen(page):
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: "Content Security" in line.text and problems.append(line.text))

    async def visit(name=None, script=None, **options):
        context = await browser.new_context(base_url=site.url, locale="en-GB", **options)
        contexts.append(context)
        context.set_default_timeout(120_000)
        if script:
            await context.add_init_script(path=script)
        context.on("page", listen)
        if name:
            await log_in(context, name)
        page = await context.new_page()
        if not name:
            await page.goto("/login/")
        return page

    yield visit
    for context in contexts:
        await context.close()
    assert problems == []


MAKE_ROOM = """
import datetime
from voiceroom.models import Membership, Message, Room
owner, long_ago = User.objects.get(username="alice"), datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
room = Room.objects.create(slug=slug, name=slug, owner=owner)
Membership.objects.create(room=room, user=owner, role="owner")
Message.objects.bulk_create(
    Message(room=room, author=owner, text=f"message {n}", key=f"{slug}-{n}", created=long_ago) for n in range(count)
)
"""


@pytest.fixture
def new_room(site):
    """``slug = new_room("name", messages=120)``: a room that no other test knows."""
    made = []

    def new_room(stem, messages=0):
        slug = f"{stem}-{len(made)}-{os.urandom(3).hex()}"
        site.shell(f"slug, count = {slug!r}, {messages}\n{MAKE_ROOM}")
        made.append(slug)
        return slug

    return new_room
