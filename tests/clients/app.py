"""The server of the client tests: ``daphne tests.clients.app:application``, built from the public names alone."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.clients.settings")
django_application = get_asgi_application()

from realtime import EngineIO  # noqa: E402
from realtime.auth import AuthMiddlewareStack  # noqa: E402
from tests.clients.consumers import Chat, Main, Secure  # noqa: E402

application = EngineIO(
    ProtocolTypeRouter(
        {
            "http": django_application,
            "socketio": AuthMiddlewareStack(
                URLRouter(
                    [
                        path("", Main.as_asgi()),
                        path("chat", Chat.as_asgi()),
                        path("secure", Secure.as_asgi()),
                        path("rooms/<slug:room>", Main.as_asgi()),
                        re_path(r"^dynamic-(?P<number>\d+)$", Main.as_asgi()),
                    ]
                )
            ),
        }
    )
)
