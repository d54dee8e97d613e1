"""Headers that keep a page to itself."""

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware


def policy(host, ancestors="'none'"):
    """Nothing inline, nothing from elsewhere. Websockets are named: older browsers do not count them as ``'self'``."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self' ws://{host} wss://{host}; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )


def _add(request, response):
    response.headers.setdefault("Content-Security-Policy", policy(request.get_host()))
    return response


@sync_and_async_middleware
def content_security_policy(get_response):
    """Put a strict Content-Security-Policy on every answer that has none of its own."""
    if iscoroutinefunction(get_response):

        async def middleware(request):
            return _add(request, await get_response(request))

    else:

        def middleware(request):
            return _add(request, get_response(request))

    return middleware
