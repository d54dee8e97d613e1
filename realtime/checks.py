"""System checks: one for each way to set this up that would fail later and elsewhere.

Each hint is the line to paste.
"""

from channels.layers import InMemoryChannelLayer
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from realtime import conf, values
from realtime.identity import SIGNED_COOKIES
from realtime.routes import inside
from realtime.socketio.parser import NAMES

DAPHNE_MESSAGE_LIMIT = 1_048_576  # bytes, since daphne 4.2.2
LEAST_CAPACITY = 1000

IN_MEMORY = (
    "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels.layers.InMemoryChannelLayer', 'CONFIG': {'capacity': 10000}}}"
)
REDIS = (
    "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_redis.pubsub.RedisPubSubChannelLayer',"
    " 'CONFIG': {'hosts': [('127.0.0.1', 6379)]}}}"
)


def given():
    """``settings.SOCKETIO`` with keys in upper case; empty where it is no dict."""
    value = getattr(settings, "SOCKETIO", None) or {}
    return {str(key).upper(): item for key, item in value.items()} if isinstance(value, dict) else {}


def option(name):
    """One option as it stands, the default included, whatever is wrong with the others."""
    return given().get(name.upper(), conf.FIELDS[name].default)


# -- asgi.py and the server -----------------------------------------------------------------------------------


@register()
def asgi_application(app_configs, **kwargs):
    path = getattr(settings, "ASGI_APPLICATION", None)
    hint = "In asgi.py: application = EngineIO(ProtocolTypeRouter({'http': get_asgi_application(), 'socketio': ...}))"
    if not path:
        project = (getattr(settings, "ROOT_URLCONF", None) or "mysite").partition(".")[0]
        line = f"In settings.py: ASGI_APPLICATION = '{project}.asgi.application'"
        return [Error("ASGI_APPLICATION is not set, so nothing serves Socket.IO.", hint=line, id="realtime.E001")]
    try:
        application = import_string(path)
    except Exception as error:  # whatever asgi.py and what it imports may raise
        message = f"ASGI_APPLICATION = {path!r} cannot be imported: {type(error).__name__}: {error}"
        first = f"Correct that first; python -c 'import {path.rpartition('.')[0]}' shows where it comes from."
        return [Error(message, hint=f"{first} {hint}", id="realtime.E001")]
    if wrapped(application):
        return []
    return [Error(f"ASGI_APPLICATION = {path!r} is not wrapped by EngineIO.", hint=hint, id="realtime.E001")]


def wrapped(application):
    """Whether an EngineIO is ``application``, or is somewhere inside the middleware around it."""
    from realtime import EngineIO

    return any(isinstance(item, EngineIO) for item in inside(application))


@register()
def asgi_runserver(app_configs, **kwargs):
    names = [config.name for config in apps.get_app_configs()]
    hint = "In settings.py: INSTALLED_APPS = ['daphne', ...], before 'django.contrib.staticfiles'."
    static = "django.contrib.staticfiles"
    if "daphne" not in names:
        message = "Without 'daphne' in INSTALLED_APPS runserver speaks WSGI, and Socket.IO is a plain 404."
    elif static in names and names.index(static) < names.index("daphne"):
        message = "'daphne' comes after 'django.contrib.staticfiles', whose runserver speaks WSGI."
    else:
        return []
    return [Error(message, hint=hint, id="realtime.E002")]


# -- the channel layer ----------------------------------------------------------------------------------------


def _layer():
    """(configuration, backend class) of the alias in use; (None, None) where there is none or it cannot be had."""
    configuration = (getattr(settings, "CHANNEL_LAYERS", None) or {}).get(option("channel_layer"))
    try:
        return configuration, import_string(configuration["BACKEND"])
    except (ImportError, KeyError, TypeError):
        return None, None


def _in_memory(backend):
    return isinstance(backend, type) and issubclass(backend, InMemoryChannelLayer)


@register()
def channel_layer(app_configs, **kwargs):
    alias = option("channel_layer")
    if alias is None or _layer()[1]:
        return []
    message = f"There is no channel layer {alias!r}, and rooms are its groups."
    return [Error(message, hint=f"In settings.py: {IN_MEMORY}", id="realtime.E003")]


@register()
def layer_capacity(app_configs, **kwargs):
    configuration, backend = _layer()
    if not (_in_memory(backend) or getattr(backend, "__module__", "") == "channels_redis.core"):
        return []
    capacity = configuration.get("CONFIG", {}).get("capacity", 100)
    if capacity >= LEAST_CAPACITY:
        return []
    message = f"The channel layer drops messages silently once {capacity} wait in a channel."
    hint = f"In CHANNEL_LAYERS: 'CONFIG': {{'capacity': 10000, ...}}, or the layer without a bound: {REDIS}"
    return [Warning(message, hint=hint, id="realtime.W002")]


@register(Tags.security, deploy=True)
def in_memory_layer(app_configs, **kwargs):
    if settings.DEBUG or not _in_memory(_layer()[1]):
        return []
    message = "The in-memory channel layer reaches the sockets of one process only."
    return [Warning(message, hint=f"In settings.py: {REDIS}", id="realtime.W001")]


# -- SOCKETIO -------------------------------------------------------------------------------------------------


@register()
def options(app_configs, **kwargs):
    value = getattr(settings, "SOCKETIO", None) or {}
    if not isinstance(value, dict):
        return [
            Error("SOCKETIO is no dict.", hint="In settings.py: SOCKETIO = {'PING_INTERVAL': 25}", id="realtime.E005")
        ]
    problems = [problem for key, item in value.items() for problem in _option_problems(key, item)]
    for path, overrides in _overrides():
        where = f"EngineIO(...) in {path.rpartition('.')[0]}: "
        problems += [problem for key, item in overrides.items() for problem in _option_problems(key, item, where)]
    return problems


def _overrides():
    """What is given to the EngineIO of the project, if there is one."""
    from realtime import EngineIO

    path = getattr(settings, "ASGI_APPLICATION", None)
    try:
        application = import_string(path)
    except Exception:  # E001 says it
        return []
    return [(path, item._overrides) for item in inside(application) if isinstance(item, EngineIO)]


def _option_problems(key, value, where="SOCKETIO: "):
    """What is wrong with one option. The hints are lines to paste."""
    field = conf.FIELDS.get(str(key).lower())
    if field is None:
        yield Error(f"{where}there is no option {key!r}.", hint=conf.advice(key), id="realtime.E005")
        return
    line = f"In settings.py: SOCKETIO = {{{field.name.upper()!r}: {values.example(field)!r}}}"
    if not values.fits(field, value):
        kind = getattr(field.type, "__name__", str(field.type)) if isinstance(field.type, type) else field.type
        also = f" (it takes {kind})" if field.name not in values.SPECIAL else ""
        yield Error(f"{where}{key} = {value!r} does not fit.", hint=line + also, id="realtime.E005")
    elif values.leads_nowhere(field.name, value):
        yield Error(f"{where}{key} = {value!r} leads to no function.", hint=line, id="realtime.E011")
    elif field.type is float and value > 3600:
        hint = f"Durations are seconds: 'PING_INTERVAL': 25, not 25000. Here: {key!r}: {value / 1000:g}"
        yield Warning(f"{where}{key} = {value!r} looks like milliseconds.", hint=hint, id="realtime.W009")
    elif field.name == "connection_state_recovery" and value:
        message = f"{where}{key} has no effect in this version."
        hint = "In settings.py: SOCKETIO = {'CONNECTION_STATE_RECOVERY': None}"
        yield Warning(message, hint=hint, id="realtime.W010")


@register()
def known_parser(app_configs, **kwargs):
    """A name that there is, or an object that has what a parser has."""
    value = option("parser")
    try:
        conf.refuse_unknown_parser(value)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="SOCKETIO = {'PARSER': 'json'}", id="realtime.E010")]
    found = value if value in NAMES else values.imported(value)
    missing = [name for name in ("name", "encode", "decoder") if value not in NAMES and not hasattr(found, name)]
    if not missing:
        return []
    message = f"SOCKETIO['PARSER'] = {value!r} is no parser: it has no {', '.join(missing)}."
    return [Error(message, hint="What a parser is: docs/how-to/write-a-parser.md", id="realtime.E010")]


def _any_origin():
    origins = option("cors_allowed_origins")
    return origins == "*" or (values.strings(origins) and "*" in origins)


@register(Tags.security)
def cors_credentials(app_configs, **kwargs):
    if not (_any_origin() and option("cors_allow_credentials")):
        return []
    message = "SOCKETIO lets every site talk to this one with its users' cookies."
    hint = "SOCKETIO = {'CORS_ALLOWED_ORIGINS': ['https://app.example.com'], 'CORS_ALLOW_CREDENTIALS': True}"
    return [Error(message, hint=hint, id="realtime.E006")]


@register(Tags.security, deploy=True)
def cors_everyone(app_configs, **kwargs):
    if not _any_origin():
        return []
    message = "SOCKETIO['CORS_ALLOWED_ORIGINS'] is '*': a page of any site may open a socket, cookies included."
    hint = "SOCKETIO = {'CORS_ALLOWED_ORIGINS': ['https://app.example.com']}"
    return [Warning(message, hint=hint, id="realtime.W007")]


@register(Tags.security, deploy=True)
def jsonp(app_configs, **kwargs):
    if not option("jsonp"):
        return []
    message = "JSONP is on: only browsers older than 2012 need it, and its answers are scripts."
    return [Warning(message, hint="SOCKETIO = {'JSONP': False}", id="realtime.W008")]


@register()
def buffer_size(app_configs, **kwargs):
    size = option("max_http_buffer_size")
    if not (isinstance(size, int) and size > DAPHNE_MESSAGE_LIMIT and apps.is_installed("daphne")):
        return []
    message = f"daphne cuts the connection at websocket messages over 1 MiB; MAX_HTTP_BUFFER_SIZE is {size}."
    command = f"daphne --websocket-max-message-size {size} ..."
    hint = f"Start it with: {command} (runserver has no such option), or 'MAX_HTTP_BUFFER_SIZE': 1_000_000"
    return [Warning(message, hint=hint, id="realtime.W003")]


# -- sessions -------------------------------------------------------------------------------------------------


@register()
def session_apps(app_configs, **kwargs):
    if "IDENTIFY" in given() and given()["IDENTIFY"] is None:
        return []
    missing = [app for app in ("django.contrib.auth", "django.contrib.sessions") if not apps.is_installed(app)]
    if not missing:
        return []
    message = f"{' and '.join(missing)} missing: a socket could not be bound to a session, nor have a user."
    hint = f"In settings.py: INSTALLED_APPS += {missing!r}, or without log-ins SOCKETIO = {{'IDENTIFY': None}}"
    return [Error(message, hint=hint, id="realtime.E007")]


@register()
def signed_cookies(app_configs, **kwargs):
    if settings.SESSION_ENGINE != SIGNED_COOKIES:
        return []
    message = "With sessions in signed cookies a socket can read its session, not change it: fresh_session() raises."
    hint = "In settings.py: SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'"
    return [Warning(message, hint=hint, id="realtime.W005")]
