"""Django's signals, told to all processes as a ``server_side_event``, of a sender whose name no namespace can have."""

import asyncio
import logging
from contextvars import Context
from typing import Any

from asgiref.sync import async_to_sync
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from realtime import publish
from realtime.adapter import EVERY_HUB, hubs
from realtime.commits import in_atomic_block
from realtime.exceptions import CrossProcessLayerError
from realtime.identity import SIGNED_COOKIES
from realtime.live_auth.standing import digest
from realtime.live_auth.watch import watch
from realtime.logs import because
from realtime.signals import server_side_event
from realtime.threads import under_test

logger = logging.getLogger("realtime.security")

SENDER = "realtime.live_auth"
KINDS = ("keys", "rotated", "pks", "gone")


def connect() -> None:
    """Listens to the models of sessions and users, and to log-ins and log-outs."""
    user_logged_in.connect(_logged_in, dispatch_uid="realtime.live_auth")
    user_logged_out.connect(_logged_out, dispatch_uid="realtime.live_auth")
    server_side_event.connect(_heard, dispatch_uid="realtime.live_auth")
    for model in apps.get_models():
        if issubclass(model, AbstractBaseSession):
            post_delete.connect(_session_deleted, sender=model, dispatch_uid="realtime.live_auth")
        elif issubclass(model, get_user_model()):
            post_save.connect(_user_saved, sender=model, dispatch_uid="realtime.live_auth")
            post_delete.connect(_user_deleted, sender=model, dispatch_uid="realtime.live_auth")


def tell(kind: str, name: str, using: str | None = None) -> None:
    """Has every process look at one session or user, after the commit if there is one to wait for."""
    if not in_atomic_block(using):
        return _tell(kind, name)
    transaction.on_commit(lambda: _tell(kind, name), using=using, robust=True)


def _tell(kind: str, name: str) -> None:
    here = _look_here(kind, name)
    if here:
        here[0].loop.call_soon_threadsafe(_spread, here[0], kind, name, context=Context())
    elif not under_test():
        _spread_without_hub(kind, name)


def _look_here(kind: str, name: str) -> list[Any]:
    """Every loop of this process looks by itself; returns its hubs."""
    here = [hub for hub in hubs() if hub.loop.is_running()]
    # In contexts of their own: what a request has put into its own must not live on in the tasks of the watch.
    for loop in {hub.loop for hub in here}:
        loop.call_soon_threadsafe(_look, kind, name, context=Context())
    return here


def _look(kind: str, name: str) -> None:
    watch().look_at(**{kind: [name]})


def _spread(hub: Any, kind: str, name: str) -> None:
    if hub.link.reaches_others:
        _settle(hub.loop.create_task(hub.server_side_emit(SENDER, [kind, name])))


def _spread_without_hub(kind: str, name: str) -> None:
    try:
        layer = publish.shared_layer()
    except CrossProcessLayerError:
        return  # nobody can have sockets but a process of its own, which looks by itself
    message = publish.to_every_hub(SENDER, [kind, name])
    loop = asyncio._get_running_loop()
    if loop is not None:
        return _settle(loop.create_task(publish.send(layer, EVERY_HUB, message)))
    try:
        async_to_sync(publish.send)(layer, EVERY_HUB, message)
    except Exception as error:
        _failed(error)


_tasks: set[asyncio.Task[Any]] = set()  # the event loop holds them weakly


def _settle(task: asyncio.Task[Any]) -> None:
    _tasks.add(task)
    task.add_done_callback(_settled)


def _settled(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and task.exception() is not None:
        _failed(task.exception())


def _failed(error: BaseException | None) -> None:
    logger.warning("other processes could not be told of a change of a user or session: %s", because(error))


async def _heard(sender: Any, event: str, args: list[Any], **kwargs: Any) -> None:
    """What another process tells."""
    if sender == SENDER and event in KINDS:
        for name in args:
            if isinstance(name, str):
                _look_here(event, name)


# -- what Django tells ----------------------------------------------------------------------------------------


def _logged_in(request: Any, **kwargs: Any) -> None:
    """The session that the browser had becomes another. The others of the user have nothing to do with it."""
    cookie = getattr(request, "COOKIES", {}).get(settings.SESSION_COOKIE_NAME)
    session = getattr(request, "session", None)
    if cookie and cookie != getattr(session, "session_key", None) and settings.SESSION_ENGINE != SIGNED_COOKIES:
        tell("rotated", digest(cookie))


def _logged_out(request: Any, user: Any, **kwargs: Any) -> None:
    """Sent before the session is flushed. With signed cookies nothing is: all of the user's sockets come afresh."""
    key = getattr(getattr(request, "session", None), "session_key", None)
    if settings.SESSION_ENGINE == SIGNED_COOKIES:
        if user is not None:
            tell("gone", str(user.pk))
    elif key:
        tell("keys", digest(key))


def _session_deleted(instance: Any, using: str, **kwargs: Any) -> None:
    tell("keys", digest(instance.session_key), using)


def _user_saved(instance: Any, created: bool, update_fields: Any, using: str, **kwargs: Any) -> None:
    if not created and set(update_fields or ()) != {"last_login"}:
        tell("pks", str(instance.pk), using)


def _user_deleted(instance: Any, using: str, **kwargs: Any) -> None:
    tell("pks", str(instance.pk), using)
