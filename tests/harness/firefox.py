"""A headless Firefox of one's own, driven over WebDriver BiDi, which it speaks itself."""

import asyncio
import contextlib
import itertools
import json
import tempfile
import time
from pathlib import Path

import aiohttp

from tests.harness.capabilities import program
from tests.harness.processes import HOST, Process

FAKE = {  # a microphone with a tone, which every page may use, and connections without a network but loopback
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}
QUIET = {  # it asks its makers for nothing, and asks nobody here
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class Firefox(Process):
    """The browser; ``firefox()`` opens its window."""

    def __init__(self, profile, tone):
        super().__init__(env={"HOME": profile})  # nobody has to have a home
        self.profile = profile
        wanted = {**QUIET, **FAKE, "media.navigator.audio.fake_frequency": tone}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items())
        Path(profile, "user.js").write_text("".join(lines))

    def command(self):
        alone = ["--headless", "--no-remote", "--profile", self.profile]
        return [program("firefox"), *alone, "--remote-debugging-port", str(self.port), "about:blank"]


@contextlib.asynccontextmanager
async def firefox(tone):
    """``async with firefox(tone=660) as window``. ``tone``: what its microphone hears, in Hz."""
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        with Firefox(profile, tone) as process:
            async with aiohttp.ClientSession() as web:
                address = f"ws://{HOST}:{process.port}/session"
                async with web.ws_connect(address, max_msg_size=0) as socket, Window(socket) as window:
                    yield window


class Window:
    """A tab. ``problems`` are the errors of its pages, refusals of the Content-Security-Policy among them."""

    def __init__(self, socket):
        self.socket, self.problems = socket, []
        self._ids, self._answers = itertools.count(1), {}

    async def __aenter__(self):
        self._reader = asyncio.create_task(self._read())
        await self.send("session.new", capabilities={})
        await self.send("session.subscribe", events=["log.entryAdded"])
        contexts = (await self.send("browsingContext.getTree"))["contexts"]
        self.tab = contexts[0]["context"]
        return self

    async def __aexit__(self, *_):
        self._reader.cancel()

    async def send(self, method, **params):
        """A command of WebDriver BiDi; answers its result."""
        number = next(self._ids)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": number, "method": method, "params": params})
        told = await asyncio.wait_for(answer, 120)
        assert told["type"] == "success", told
        return told["result"]

    async def before(self, script):
        """Runs in every page before its own scripts, and in the empty one that there is first."""
        await self.send("script.addPreloadScript", functionDeclaration=f"() => {{ {script} }}")

    async def cookie(self, name, value):
        told = {"name": name, "value": {"type": "string", "value": value}, "domain": HOST, "path": "/"}
        await self.send("storage.setCookie", cookie=told)

    async def goto(self, url):
        await self.send("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    async def evaluate(self, expression):
        """What a JavaScript expression comes to, as JSON would have it; a promise is waited for."""
        code = f"(async () => JSON.stringify((await ({expression})) ?? null))()"
        done = await self.send("script.evaluate", expression=code, target={"context": self.tab}, awaitPromise=True)
        assert done["type"] == "success", done["exceptionDetails"]["text"]
        return json.loads(done["result"]["value"])

    async def until(self, expression, patience=60):
        """Waits until an expression is true."""
        deadline = time.monotonic() + patience  # seconds
        while not await self.evaluate(expression):
            assert time.monotonic() < deadline, expression
            await asyncio.sleep(0.1)

    async def click(self, css):
        """With the mouse, as soon as the element is there to be clicked."""
        node = f"document.querySelector({json.dumps(css)})"
        await self.until(f"{node}?.getClientRects().length > 0 && !{node}.disabled")
        found = await self.send("browsingContext.locateNodes", context=self.tab, locator={"type": "css", "value": css})
        there = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        steps = [{"type": "pointerMove", "x": 0, "y": 0, "origin": there}]
        steps += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        mouse = {"type": "pointer", "id": "mouse", "actions": steps}
        await self.send("input.performActions", context=self.tab, actions=[mouse])

    async def type(self, text):
        """Into what has the focus."""
        steps = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        keys = {"type": "key", "id": "keys", "actions": steps}
        await self.send("input.performActions", context=self.tab, actions=[keys])

    async def _read(self):
        async for frame in self.socket:
            told = frame.json()
            if told["type"] == "event":
                self._heard(told["params"])
            else:
                self._answers.pop(told["id"]).set_result(told)

    def _heard(self, entry):
        if entry["level"] == "error" and (entry["type"] == "javascript" or "Content" in (entry["text"] or "")):
            self.problems.append(entry["text"])
