"""The how-to about tests, followed in an empty project: its files are written down and its tests are run."""

import subprocess
import sys
import tomllib

from tests.docs.tutorial import Tutorial
from tests.harness.processes import ROOT

SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for this test"
ROOT_URLCONF = "mysite.urls"
ASGI_APPLICATION = "mysite.asgi.application"
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = ["daphne", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "realtime"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "a.sqlite3"}}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10000}}}
USE_TZ = True
"""


def test_the_tests_of_the_page_pass(tmp_path):
    page = Tutorial("how-to/test-your-namespaces.md", tmp_path)
    (tmp_path / "mysite").mkdir()
    (tmp_path / "mysite/settings.py").write_text(SETTINGS)
    (tmp_path / "mysite/urls.py").write_text("urlpatterns = []\n")
    page.follow()
    for package in ("mysite", "chat", "tests"):
        (tmp_path / package / "__init__.py").touch()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error::RuntimeWarning"]
    command += ["-p", "realtime.pytest_plugin"]  # this checkout is not installed
    ran = subprocess.run(command, cwd=tmp_path, env=page.env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "15 passed" in ran.stdout, ran.stdout
    command = [sys.executable, "-m", "django", "test", "chat"]
    ran = subprocess.run(command, cwd=tmp_path, env=page.env, capture_output=True, text=True)
    assert ran.returncode == 0 and "Ran 1 test" in ran.stderr, ran.stdout + ran.stderr


def test_who_installs_the_package_has_the_fixtures():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"realtime.pytest_plugin": "realtime.pytest_plugin"}


def test_pytest_starts_without_django_where_no_test_asks_for_it():
    script = (
        "import realtime.pytest_plugin, sys; print(*sorted({'django', 'channels', 'asyncio'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "django" not in ran.stdout and "channels" not in ran.stdout and not ran.stderr
