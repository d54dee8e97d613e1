"""The pages beside the sockets: log in and out as Django does it, and look at what the server saw."""

import asyncio

from django.contrib.auth import views
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie

from tests.clients.deeds import DEEDS


@ensure_csrf_cookie
def whoami(request):
    return HttpResponse(request.user.username)


async def departure(request, tag):
    """Why the socket with this ?tag= went; waits for it."""
    for _ in range(1000):
        reason = await cache.aget(f"departure-{tag}")
        if reason is not None:
            return HttpResponse(reason)
        await asyncio.sleep(0.02)
    return HttpResponse("still there", status=404)


def deed(request, deed, name, key):
    DEEDS[deed](name, key)
    return HttpResponse("done")


def begin_session(request):
    request.session["visited"] = True
    return HttpResponse("begun")


urlpatterns = [
    path("deeds/<str:deed>/<str:name>/<str:key>/", deed),
    path("sessions/begin/", begin_session),
    path("", whoami),
    path("login/", views.LoginView.as_view()),
    path("logout/", views.LogoutView.as_view()),
    path("password/", views.PasswordChangeView.as_view(success_url="/")),
    path("departures/<str:tag>/", departure),
]
