"""Whether sessions and users are still what they were when a socket was opened. Asks the stores, in a thread."""

import hashlib
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.utils import timezone

from realtime.identity import SIGNED_COOKIES, session_store

RIGHTS = ("is_active", "is_staff", "is_superuser")


def digest(key: str) -> str:
    """What processes call a session: its key is a credential, and stays where it is."""
    return hashlib.blake2b(key.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()


def fingerprint(user: Any) -> tuple[Any, ...]:
    """What of a user must not change under a socket: the password, and what it may do."""
    hash_of = getattr(user, "get_session_auth_hash", None)
    return (hash_of and hash_of(), *(getattr(user, name, None) for name in RIGHTS))


def primary_key(user: Any, session: Any) -> str | None:
    """The user to look at, as text, or None. One whom the session names but nobody let in may be let in later."""
    model = get_user_model()
    if isinstance(user, model):
        return str(user.pk)
    named = session.get("_auth_user_id")
    try:
        return None if named is None else str(model._meta.pk.to_python(named))
    except ValidationError:
        return None


def exists(session: Any) -> bool:
    """Whether a session that was loaded had been stored."""
    if settings.SESSION_ENGINE == SIGNED_COOKIES:
        return bool(session.keys())
    return session.session_key is not None


def users(keys: Collection[str]) -> dict[str, tuple[Any, ...]]:
    """{primary key as text: fingerprint} of those that exist. One query."""
    model = get_user_model()
    found: Any = model._default_manager.filter(pk__in=keys) if keys else ()
    return {str(user.pk): fingerprint(user) for user in found}


def sessions(keys: Collection[str]) -> set[str]:
    """Those of the keys whose sessions exist and have not expired. One query, or one request to the cache."""
    if not keys:
        return set()
    store = session_store()
    if settings.SESSION_ENGINE == SIGNED_COOKIES:
        return {key for key in keys if store(key).load()}
    if hasattr(store, "get_model_class"):
        return _in_database(store, keys)
    if hasattr(store(), "cache_key_prefix"):
        return _in_cache(store(), keys)
    return {key for key in keys if _exists(store, key)}


def _in_database(store: Any, keys: Collection[str]) -> set[str]:
    model = store.get_model_class()
    rows = model.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    found: set[str] = set(rows.values_list("session_key", flat=True))
    cached = getattr(store(), "cache_key_prefix", None)
    if cached and len(found) < len(keys):
        # The cache would go on letting in who has lost the row: the deletion of a row does not reach it.
        _cache().delete_many([cached + key for key in keys if key not in found])
    return found


def _in_cache(store: Any, keys: Collection[str]) -> set[str]:
    names = {store.cache_key_prefix + key: key for key in keys}
    return {names[name] for name in _cache().get_many(list(names))}


def _cache() -> Any:
    """The cache that sessions are in."""
    return caches[settings.SESSION_CACHE_ALIAS]


def _exists(store: Any, key: str) -> bool:
    try:
        return bool(store(key).load())
    except SuspiciousOperation:  # the file store's word for a key that it could not have made
        return False
