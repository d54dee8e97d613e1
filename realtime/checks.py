"""System checks: one for each way to set this up that would fail later and elsewhere.

Each hint is the line to paste.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from realtime import conf, sources, values
from realtime.configured import given, in_memory, layer, option
from realtime.identity import SIGNED_COOKIES
from realtime.options import Options
from realtime.recovery.place import place
from realtime.routes import inside
from realtime.socketio.parser import NAMES

DAPHNE_MESSAGE_LIMIT = 1_048_576  # bytes, since daphne 4.2.2


# -- asgi.py and the server -----------------------------------------------------------------------------------


@register()
def asgi_application(app_configs: Any, **kwargs: Any) -> Any:
    path = getattr(settings, "ASGI_APPLICATION", None)
    hint = "In asgi.py: application = EngineIO(ProtocolTypeRouter({'http': get_asgi_application(), 'socketio': ...}))"
    if not path:
        project = (getattr(settings, "ROOT_URLCONF", None) or "mysite").partition(".")[0]
        line = f"In settings.py: ASGI_APPLICATION = '{project}.asgi.application'"
        return [Error("ASGI_APPLICATION is not set, so nothing serves Socket.IO.", hint=line, id="realtime.E001")]
    try:
        application = import_string(path)
    except Exception as error:  # whatever asgi.py and what it imports may raise
        what = f"{type(error).__name__}: {sources.of_error(error)}{error}"
        message = f"ASGI_APPLICATION = {path!r} cannot be imported: {what}"
        first = f"Correct that first; python -c 'import {path.rpartition('.')[0]}' shows where it comes from."
        return [Error(message, hint=f"{first} {hint}", id="realtime.E001")]
    if wrapped(application):
        return []
    return [Error(f"ASGI_APPLICATION = {path!r} is not wrapped by EngineIO.", hint=hint, id="realtime.E001")]


def wrapped(application: Any) -> bool:
    """Whether an EngineIO is ``application``, or is somewhere inside the middleware around it."""
    from realtime import EngineIO

    return any(isinstance(item, EngineIO) for item in inside(application))


@register()
def asgi_runserver(app_configs: Any, **kwargs: Any) -> Any:
    names = [config.name for config in apps.get_app_configs()]
    hint = "In settings.py: INSTALLED_APPS = ['daphne', ...], before 'django.contrib.staticfiles'."
    static = "django.contrib.staticfiles"
    if "daphne" not in names and find_spec("daphne") is None:  # the project has another server
        message = "daphne is not installed: runserver speaks WSGI, and Socket.IO is a plain 404 there."
        hint = "Start your ASGI server, such as uvicorn mysite.asgi:application; or pip install daphne. " + hint
        return [Warning(message, hint=hint, id="realtime.W016")]
    if "daphne" not in names:
        message = "Without 'daphne' in INSTALLED_APPS runserver speaks WSGI, and Socket.IO is a plain 404."
    elif static in names and names.index(static) < names.index("daphne"):
        message = "'daphne' comes after 'django.contrib.staticfiles', whose runserver speaks WSGI."
    else:
        return []
    return [Error(message, hint=hint, id="realtime.E002")]


# -- SOCKETIO -------------------------------------------------------------------------------------------------


@register()
def options(app_configs: Any, **kwargs: Any) -> Any:
    value = getattr(settings, "SOCKETIO", None) or {}
    if not isinstance(value, dict):
        return [
            Error(
                f"{sources.setting('SOCKETIO')}SOCKETIO is no dict.",
                hint="In settings.py: SOCKETIO = {'PING_INTERVAL': 25}",
                id="realtime.E005",
            )
        ]
    problems = [
        problem
        for key, item in value.items()
        for problem in _option_problems(key, item, f"{sources.setting('SOCKETIO', key)}SOCKETIO: ")
    ]
    for path, overrides in _overrides():
        where = f"EngineIO(...) in {path.rpartition('.')[0]}: "
        problems += [problem for key, item in overrides.items() for problem in _option_problems(key, item, where)]
    return problems


def _overrides() -> Any:
    """What is given to the EngineIO of the project, if there is one."""
    from realtime import EngineIO

    path: Any = getattr(settings, "ASGI_APPLICATION", None)
    try:
        application = import_string(path)
    except Exception:  # E001 says it
        return []
    return [(path, item._overrides) for item in inside(application) if isinstance(item, EngineIO)]


def _option_problems(key: Any, value: Any, where: Any) -> Iterator[Any]:
    """What is wrong with one option. The hints are lines to paste."""
    field = conf.FIELDS.get(str(key).lower())
    if field is None:
        yield Error(f"{where}there is no option {key!r}.", hint=conf.advice(key), id="realtime.E005")
        return
    line = f"In settings.py: SOCKETIO = {{{field.name.upper()!r}: {values.example(field)!r}}}"
    if not values.fits(field, value):
        kind = getattr(field.type, "__name__", str(field.type)) if isinstance(field.type, type) else field.type
        also = f" (it takes {kind})" if field.name not in values.SPECIAL else ""
        why = values.reason(field.name, value)
        yield Error(f"{where}{key} = {value!r} does not fit{why}.", hint=line + also, id="realtime.E005")
    elif values.leads_nowhere(field.name, value):
        yield Error(f"{where}{key} = {value!r} leads to no function.", hint=line, id="realtime.E011")
    elif field.type is float and value > 3600:
        hint = f"Durations are seconds: 'PING_INTERVAL': 25, not 25000. Here: {key!r}: {value / 1000:g}"
        yield Warning(f"{where}{key} = {value!r} looks like milliseconds.", hint=hint, id="realtime.W009")


@register()
def recovery_of_one_process(app_configs: Any, **kwargs: Any) -> Any:
    try:
        options = Options(
            connection_state_recovery=option("connection_state_recovery"), channel_layer=option("channel_layer")
        )
        anew = options.recovery is not None and place(options) is None
    except ValueError:  # E005 says it, or E015
        return []
    if not anew or layer()[1] is None or in_memory(layer()[1]):
        return []
    message = "CONNECTION_STATE_RECOVERY keeps its log in the memory of each process: who comes to another starts anew."
    hint = "Name a Redis for it: SOCKETIO = {'CONNECTION_STATE_RECOVERY': {'REDIS': 'redis://127.0.0.1:6379/0'}}"
    return [Warning(message, hint=hint, id="realtime.W010")]


@register()
def known_parser(app_configs: Any, **kwargs: Any) -> Any:
    """A name that there is, or an object that has what a parser has."""
    value = option("parser")
    try:
        conf.refuse_unknown_parser(value)
    except ImproperlyConfigured as error:
        message = f"{sources.setting('SOCKETIO', 'PARSER')}{error}"
        return [Error(message, hint="SOCKETIO = {'PARSER': 'json'}", id="realtime.E010")]
    found = value if value in NAMES else values.imported(value)
    missing = [name for name in ("name", "encode", "decoder") if value not in NAMES and not hasattr(found, name)]
    if not missing:
        return []
    where = sources.setting("SOCKETIO", "PARSER")
    message = f"{where}SOCKETIO['PARSER'] = {value!r} is no parser: it has no {', '.join(missing)}."
    return [Error(message, hint="What a parser is: docs/how-to/write-a-parser.md", id="realtime.E010")]


def _any_origin() -> Any:
    origins = option("cors_allowed_origins")
    return origins == "*" or (values.strings(origins) and "*" in origins)


@register(Tags.security)
def cors_credentials(app_configs: Any, **kwargs: Any) -> Any:
    if not (_any_origin() and option("cors_allow_credentials")):
        return []
    message = "SOCKETIO lets every site talk to this one with its users' cookies."
    hint = "SOCKETIO = {'CORS_ALLOWED_ORIGINS': ['https://app.example.com'], 'CORS_ALLOW_CREDENTIALS': True}"
    return [Error(message, hint=hint, id="realtime.E006")]


@register(Tags.security, deploy=True)
def cors_everyone(app_configs: Any, **kwargs: Any) -> Any:
    if not _any_origin():
        return []
    message = "SOCKETIO['CORS_ALLOWED_ORIGINS'] is '*': a page of any site may open a socket, cookies included."
    hint = "SOCKETIO = {'CORS_ALLOWED_ORIGINS': ['https://app.example.com']}"
    return [Warning(message, hint=hint, id="realtime.W007")]


@register(Tags.security, deploy=True)
def jsonp(app_configs: Any, **kwargs: Any) -> Any:
    if not option("jsonp"):
        return []
    message = "JSONP is on: only browsers older than 2012 need it, and its answers are scripts."
    return [Warning(message, hint="SOCKETIO = {'JSONP': False}", id="realtime.W008")]


@register()
def buffer_size(app_configs: Any, **kwargs: Any) -> Any:
    size = option("max_http_buffer_size")
    if not (isinstance(size, int) and size > DAPHNE_MESSAGE_LIMIT and apps.is_installed("daphne")):
        return []
    message = f"daphne cuts the connection at websocket messages over 1 MiB; MAX_HTTP_BUFFER_SIZE is {size}."
    command = f"manage.py socketio_serve, or daphne --websocket-max-message-size {size} ..."
    hint = f"Start it with: {command} (runserver has no such option), or 'MAX_HTTP_BUFFER_SIZE': 1_000_000"
    return [Warning(message, hint=hint, id="realtime.W003")]


# -- sessions -------------------------------------------------------------------------------------------------


@register()
def session_apps(app_configs: Any, **kwargs: Any) -> Any:
    if "IDENTIFY" in given() and given()["IDENTIFY"] is None:
        return []
    missing = [app for app in ("django.contrib.auth", "django.contrib.sessions") if not apps.is_installed(app)]
    if not missing:
        return []
    message = f"{' and '.join(missing)} missing: a socket could not be bound to a session, nor have a user."
    hint = f"In settings.py: INSTALLED_APPS += {missing!r}, or without log-ins SOCKETIO = {{'IDENTIFY': None}}"
    return [Error(message, hint=hint, id="realtime.E007")]


@register()
def signed_cookies(app_configs: Any, **kwargs: Any) -> Any:
    if settings.SESSION_ENGINE != SIGNED_COOKIES:
        return []
    message = "With sessions in signed cookies a socket can read its session, not change it: fresh_session() raises."
    hint = "In settings.py: SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'"
    return [Warning(message, hint=hint, id="realtime.W005")]
