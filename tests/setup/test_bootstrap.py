"""The set-up of a bare checkout: real interpreters and processes, with a package index and a registry on loopback."""

import base64
import contextlib
import ensurepip
import functools
import hashlib
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import pytest

import bootstrap
from tests.harness.processes import ROOT

STAND_IN = """import os, sys
def execute_from_command_line(argv):
    print("RAN", os.path.basename(sys.prefix), *argv[1:])
"""


@contextlib.contextmanager
def serving(directory):
    """A web server on loopback for the files of a directory: its address."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """An interpreter that has nothing but the standard library."""
    home = tmp_path_factory.mktemp("bare") / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    return home / "bin" / "python"


@pytest.fixture
def registry(tmp_path):
    """An npm registry with one package, and what package-lock.json says of it."""
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as archive:
        for name in ("package.json", "dist/socket.io.js", "dist/socket.io.js.map", "dist/../../../escaped.js", "x.js"):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(name)
            archive.addfile(member, io.BytesIO(name.encode()))
    tarball = tmp_path / "served" / "socket.io-client" / "-" / "socket.io-client-9.9.9.tgz"
    tarball.parent.mkdir(parents=True)
    tarball.write_bytes(package.getvalue())
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(package.getvalue()).digest()).decode()
    lock = {"packages": {"node_modules/socket.io-client": {"version": "9.9.9", "integrity": integrity}}}
    with serving(tmp_path / "served") as address:
        yield address, lock, tarball


@pytest.fixture
def checkout(tmp_path, registry):
    """A small checkout in a path with a space: the real manage.py and bootstrap.py, and a stand-in for Django.

    (Django itself would be fetched from the network every time.)
    """
    root = tmp_path / "a checkout"
    root.mkdir()
    for name in ("manage.py", "bootstrap.py"):
        shutil.copy(ROOT / name, root)
    (root / "package-lock.json").write_text(json.dumps(registry[1]))
    with zipfile.ZipFile(root / "django-1.0-py3-none-any.whl", "w") as wheel:
        for package in ("django/", "django/core/"):
            wheel.writestr(f"{package}__init__.py", "")
        wheel.writestr("django/core/management.py", STAND_IN)
        wheel.writestr("django-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: django\nVersion: 1.0\n")
        wheel.writestr("django-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("django-1.0.dist-info/RECORD", "")
    (root / "requirements.txt").write_text("./django-1.0-py3-none-any.whl\n")
    (root / "pyproject.toml").write_text("[project.optional-dependencies]\nbots = ['./django-1.0-py3-none-any.whl']\n")
    return root


def manage(python, checkout, *arguments, **environment):
    """Runs manage.py as on a machine without npm and uv, in a home directory that cannot be written."""
    bare = {
        "PATH": "/nowhere",
        "HOME": "/nonexistent",
        "PIP_NO_INDEX": "1",
        "npm_config_registry": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [str(python), "manage.py", *arguments],
        cwd=checkout,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_the_first_run_sets_up_and_the_second_needs_neither_time_nor_network(bare_python, checkout, registry):
    first = manage(bare_python, checkout, "demo", "--port", "1", npm_config_registry=registry[0])
    assert "RAN .venv demo --port 1" in first.stdout, first.stderr
    assert first.stdout.count("set-up: ") >= 3
    assert (checkout / "node_modules/socket.io-client/dist/socket.io.js").read_text() == "dist/socket.io.js"
    assert not list(checkout.parent.rglob("escaped.js")) + list(checkout.rglob("x.js"))
    second = manage(bare_python, checkout, "demo")
    assert second.stdout == "RAN .venv demo\n"


def test_a_changed_requirement_is_installed_by_the_next_run(bare_python, checkout, registry):
    manage(bare_python, checkout, "demo", npm_config_registry=registry[0])
    (checkout / "requirements.txt").write_text("# changed\n./django-1.0-py3-none-any.whl\n")
    again = manage(bare_python, checkout, "demo")
    assert "installing -r" in again.stdout
    assert "JavaScript" not in again.stdout
    assert "RAN .venv demo" in again.stdout


def test_django_taken_out_of_the_environment_comes_back(bare_python, checkout, registry):
    manage(bare_python, checkout, "demo", npm_config_registry=registry[0])
    inside = checkout / ".venv" / "bin" / "python"
    subprocess.run([inside, "-m", "pip", "uninstall", "-q", "-y", "django"], check=True)
    again = manage(inside, checkout, "demo", npm_config_registry=registry[0])
    assert "RAN .venv demo" in again.stdout, again.stderr


def test_an_environment_that_does_not_run_is_made_anew(bare_python, checkout, registry):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python3.9")
    ran = manage(bare_python, checkout, "demo", npm_config_registry=registry[0])
    assert "making a new one" in ran.stdout
    assert "RAN .venv demo" in ran.stdout


def test_nothing_is_written_outside_the_checkout(bare_python, checkout, registry):
    before = set(checkout.parent.rglob("*"))
    manage(bare_python, checkout, "demo", npm_config_registry=registry[0], HOME=str(checkout.parent))
    assert not [path for path in set(checkout.parent.rglob("*")) - before if checkout not in path.parents]


@pytest.mark.parametrize("variable", ["PIP_CACHE_DIR", "UV_CACHE_DIR", "npm_config_cache"])
def test_caches_are_kept_in_the_checkout_unless_somebody_named_a_place(monkeypatch, variable):
    monkeypatch.setenv(variable, "/elsewhere")
    bootstrap.keep_caches_here()
    assert os.environ[variable] == "/elsewhere"
    monkeypatch.delenv(variable)
    bootstrap.keep_caches_here()
    assert Path(os.environ[variable]).parent == ROOT / ".cache"


@pytest.mark.parametrize("arguments", [["migrate"], ["runserver", "demo"], []])
def test_other_commands_install_nothing_and_say_how(bare_python, checkout, arguments):
    ran = manage(bare_python, checkout, *arguments)
    assert ran.returncode == 1
    assert "python3 -m venv .venv" in ran.stderr
    assert not (checkout / ".venv").exists()


def test_the_set_up_can_be_refused(bare_python, checkout):
    ran = manage(bare_python, checkout, "demo", REALTIME_NO_BOOTSTRAP="1")
    assert ran.returncode == 1
    assert "pip install -r requirements.txt" in ran.stderr
    assert not (checkout / ".venv").exists()


def test_where_django_is_there_nothing_is_installed(bare_python, checkout, tmp_path):
    with zipfile.ZipFile(checkout / "django-1.0-py3-none-any.whl") as wheel:
        wheel.extractall(tmp_path / "installed")
    ran = manage(bare_python, checkout, "demo", PYTHONPATH=str(tmp_path / "installed"))
    assert ran.stdout == "RAN python demo\n"
    assert not (checkout / ".venv").exists()


def test_a_failed_step_ends_with_its_reason_and_is_tried_again(bare_python, checkout, registry):
    address, _, tarball = registry
    good = tarball.read_bytes()
    tarball.write_bytes(good + b"tampered")
    ran = manage(bare_python, checkout, "demo", npm_config_registry=address)
    assert ran.returncode == 1
    assert "set-up failed: a download does not have the sha512 it should have" in ran.stderr
    assert not (checkout / "node_modules").exists()
    tarball.write_bytes(good)
    assert "RAN .venv demo" in manage(bare_python, checkout, "demo", npm_config_registry=address).stdout


def wheel_of_pip(tmp_path):
    """The one that Python brings along, or, on Debian, which takes it out, one of the package index."""
    found = list(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    if not found:
        download = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-qq",
            "--no-deps",
            "--dest",
            tmp_path / "downloaded",
            "pip",
        ]
        subprocess.run(download, check=True)
        found = list((tmp_path / "downloaded").glob("pip-*.whl"))
    return found[0]


def test_python_without_ensurepip_gets_pip_from_the_index(tmp_path, monkeypatch, bare_python):
    bundled = wheel_of_pip(tmp_path)
    page = tmp_path / "served" / "simple" / "pip"
    page.mkdir(parents=True)
    shutil.copy(bundled, tmp_path / "served")
    digest = hashlib.sha256(bundled.read_bytes()).hexdigest()
    (page / "index.html").write_text(f'<a href="../../{bundled.name}#sha256={digest}">{bundled.name}</a>')
    monkeypatch.setattr(bootstrap, "CACHE", tmp_path / "cache")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([bare_python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    with serving(tmp_path / "served") as address:
        monkeypatch.setenv("PIP_INDEX_URL", f"{address}/simple")
        bootstrap.install_pip(python)
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    assert bootstrap.works(python)


def test_a_wheel_of_pip_with_another_digest_is_refused():
    with pytest.raises(bootstrap.SetUpError, match="sha256"):
        bootstrap.checked(b"content", "sha256", hashlib.sha256(b"other").digest())


def link(version, **attributes):
    return {"href": f"x/pip-{version}-py3-none-any.whl#sha256={'0' * 64}", **attributes}


def test_the_newest_pip_that_this_python_can_run_is_taken():
    future = {"data-requires-python": ">=3.99"}
    withdrawn = {"data-yanked": None}
    links = [
        link("9.0"),
        link("26.3"),
        link("26.10"),
        link("99.1", **future),
        link("99.2", **withdrawn),
        link("99.0rc1"),
    ]
    assert bootstrap.newest_pip(links) == link("26.10")["href"]


def test_an_index_without_digests_is_refused():
    with pytest.raises(bootstrap.SetUpError):
        bootstrap.newest_pip([{"href": "pip-26.3-py3-none-any.whl"}])


def test_the_index_is_the_one_that_pip_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1/by-file\n")
    assert bootstrap.index_url() == "http://127.0.0.1/by-file"
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1/by-variable")
    assert bootstrap.index_url() == "http://127.0.0.1/by-variable"


def test_a_step_is_done_again_when_its_source_changed_or_its_result_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "STAMPS", tmp_path / "stamps.json")
    source, result, done = tmp_path / "source", tmp_path / "result", []
    source.write_text("1")

    def step():
        done.append(source.read_text())
        result.touch()

    for _ in range(2):
        bootstrap.once("step", [source], step, made=[result])
    source.write_text("2")
    bootstrap.once("step", [source], step, made=[result])
    result.unlink()
    bootstrap.once("step", [source], step, made=[result])
    assert done == ["1", "2", "2"]


@pytest.mark.parametrize("lock", ["package-lock.json", "tests/js/package-lock.json"])
def test_lock_files_name_no_host_and_pin_every_package_by_digest(lock):
    packages = json.loads((ROOT / lock).read_text())["packages"]
    packages.pop("")
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all(package["integrity"].startswith(("sha512-", "sha1-")) for package in packages.values())


def test_the_extra_of_the_tests_is_what_is_installed_here():
    assert any(each.startswith("pytest") for each in bootstrap.test_requirements())
