"""A page of the docs as somebody follows it: its files are written down, its commands are run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.harness.processes import HOST, ROOT, Process

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"(?:#|//|<!--) (\S+/\S+\.\w+)( \(at the end\))?(?: -->)?\n")
NOT_HERE = (
    ". .venv",
    "pip install",
    "python3 -m venv",
    "git clone",
    "manage.py runserver",
)  # the machine has it, or waits


class Tutorial:
    """The page ``docs/<name>`` in an empty directory."""

    def __init__(self, name, directory):
        self.page = (ROOT / "docs" / name).read_text()
        self.directory = Path(directory)
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "mysite.settings"}

    def follow(self):
        """Does everything, in the order of the page, and answers what the commands printed."""
        printed = ""
        for language, text in BLOCK.findall(self.page):
            if language == "console":
                for line in re.findall(r"^\$ (.*)$", text, re.M):
                    printed += self.run(line)
            else:
                self.write(text)
        return printed

    def write(self, text):
        found = NAMED.match(text)
        assert found, f"a block of the page does not say which file it is:\n{text}"
        path = self.directory / found[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if found[2] else "w") as file:
            file.write(text)

    def run(self, line):
        if any(part in line for part in NOT_HERE):
            return ""
        program, *arguments = shlex.split(line)
        command = {"django-admin": [sys.executable, "-m", "django"], "python": [sys.executable]}.get(program, [program])
        # A project that does not exist yet has no settings.
        env = self.env if arguments[0] != "startproject" else {k: v for k, v in self.env.items() if "SETTINGS" not in k}
        ran = subprocess.run([*command, *arguments], cwd=self.directory, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
        return ran.stdout + ran.stderr

    def server(self):
        """The page's ``runserver``, on a port that is free."""
        return Runserver(cwd=self.directory, env=self.env)


class Runserver(Process):
    def command(self):
        return [sys.executable, "manage.py", "runserver", "--noreload", f"{HOST}:{self.port}"]

    @property
    def url(self):
        return f"http://{HOST}:{self.port}"
