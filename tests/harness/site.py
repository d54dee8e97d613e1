"""The demo project in a server process of its own, on a database of its own."""

import json
import os
import subprocess
import sys

from tests.harness.processes import ROOT, ServerProcess

SEED = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from voiceroom.seed import seed; seed()
"""
# One Python with Django that runs what comes, line by line in JSON: starting one takes most of a second.
SHELL = """
import contextlib, io, json, sys, traceback
import django
django.setup()
from django.contrib.auth.models import User
for line in sys.stdin:
    printed, failed = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {"User": User})
    except Exception:
        failed = traceback.format_exc()
    print(json.dumps([printed.getvalue(), failed]), flush=True)
"""


class Site:
    """The demo with its people; ``shell`` runs Python in a second process on the same database.

    ``changes`` are settings of ``VOICEROOM`` that differ from the demo's: ``Site(path, SEAT_GRACE=2)``;
    REDIS_URL joins several.
    """

    def __init__(self, database, server="daphne", **changes):
        self.env = {
            "DJANGO_SETTINGS_MODULE": "tests.harness.site_settings",
            "DATABASE": str(database),
            "DEBUG": "1",
            "REDIS_URL": changes.pop("REDIS_URL", ""),
            "SITE_CHANGES": json.dumps(changes),
        }
        self.server = ServerProcess("voiceroom.asgi:application", server=server, env=self.env)
        self.url = self.server.url
        self._shell = None

    def shell(self, code):
        """Run Python with Django set up, and ``User`` at hand. Answers what it printed."""
        if self._shell is None:
            self._shell = subprocess.Popen(
                [sys.executable, "-c", SHELL], cwd=ROOT, env={**os.environ, **self.env},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        self._shell.stdin.write(json.dumps(code) + "\n")
        self._shell.stdin.flush()
        printed, failed = json.loads(self._shell.stdout.readline())
        assert not failed, failed
        return printed

    def __enter__(self):
        self.shell(SEED)
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()
        if self._shell is not None:
            self._shell.communicate()  # the end of its input is its end


async def log_in(context, name):
    """A browser's context gets the session of this user, as by the login form, but without drawing it."""
    await context.request.get("/login/")
    token = next(cookie["value"] for cookie in await context.cookies() if cookie["name"] == "csrftoken")
    form = {"username": name, "password": f"{name}-demo", "csrfmiddlewaretoken": token}
    answer = await context.request.post("/login/", form=form, max_redirects=0)
    assert answer.status == 302, await answer.text()
