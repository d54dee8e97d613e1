"""Chromium processes with microphones of 440 and 880 Hz, a server whose seats wait 3 seconds, and people who talk."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.harness.processes import ROOT
from tests.harness.site import Site, log_in
from tests.media import tones
from tests.media.people import PATIENCE, Person

PROBE = Path(__file__).parent / "probe.js"
# What people may choose in the settings of the page: noise suppression takes a tone that never ends for noise.
PLAIN = "localStorage.voice ??= JSON.stringify({ noise: false, gain: false, echo: false })"
GRACE = 3  # seconds; the demo waits longer

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items):
    """Everything here needs the browser, whose loop is the session's."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests" / "media"):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium(chromium_path):
    """``browser = await chromium(arguments)``: a process for each list of arguments, kept for the next test."""
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        running = {}

        async def chromium(arguments):
            key = tuple(arguments)
            if key not in running:
                running[key] = await playwright.chromium.launch(executable_path=chromium_path, args=arguments)
                stack.push_async_callback(running[key].close)
            return running[key]

        yield chromium


@pytest.fixture(scope="package")
def tone_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    files = {hertz: folder / f"{hertz}.wav" for hertz in (440, 880)}
    for hertz, path in files.items():
        tones.write_tone(path, hertz)
    return files


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("media") / "db.sqlite3", SEAT_GRACE=GRACE) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def windows(chromium):
    """``page = await windows(arguments, "alice", site)``: a window of somebody's own, logged in."""
    contexts, problems = [], []

    async def open_window(arguments, name, site, permissions=None, script=""):
        browser = await chromium(arguments)
        context = await browser.new_context(base_url=site.url, locale="en-GB", permissions=permissions)
        contexts.append(context)
        context.set_default_timeout(120_000)
        await context.add_init_script(path=PROBE)
        await context.add_init_script(PLAIN)
        if script:
            await context.add_init_script(script)
        await log_in(context, name)
        page = await context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: "Content Security" in line.text and problems.append(line.text))
        return page

    yield open_window
    for context in contexts:
        await context.close()
    assert problems == []


@pytest.fixture
def person(windows, tone_files, site):
    """``alice = await person("alice", 440)``: somebody whose microphone has this tone."""

    async def person(name, hertz, script="", at=None):
        arguments = tones.with_tone(tone_files[hertz])
        return Person(await windows(arguments, name, at or site, script=script), at or site)

    return person


@pytest.fixture
def new_room(site):
    """``slug = new_room("name")``: a room of alice's that no other test knows."""
    return lambda stem, at=None, **facts: make_room(at or site, stem, facts)


def make_room(site, stem, facts):
    code = f"stem, facts = {stem!r}, {facts!r}\n{MAKE_ROOM}"
    return site.shell(code).strip()


MAKE_ROOM = """
import secrets

from voiceroom.models import Membership, Room
owner = User.objects.get(username="alice")
room = Room.objects.create(slug=f"{stem}-{secrets.token_hex(3)}", name=stem, owner=owner, **facts)
Membership.objects.create(room=room, user=owner, role="owner")
print(room.slug)
"""
