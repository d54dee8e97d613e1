"""ASGI applications as projects write them, for the checks to look at."""

from channels.routing import ProtocolTypeRouter

from realtime import EngineIO


async def bare(scope, receive, send):
    pass


class AnObject:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


def a_closure(app):
    async def call(scope, receive, send):
        await app(scope, receive, send)

    return call


none = None
application = EngineIO(ProtocolTypeRouter({"http": bare}))
in_an_object = AnObject(application)
in_a_closure = a_closure(AnObject(application))
in_a_router = ProtocolTypeRouter({"http": application})
with_a_wrong_option = EngineIO(ProtocolTypeRouter({"http": bare}), ping_timeout="long")
