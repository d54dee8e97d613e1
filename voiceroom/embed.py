"""The rooms as a part of another Django site: ``path("talk/", include("voiceroom.embed"))``.

Without what a site has of its own: log-in, administration, language. docs/how-to/embed-a-room.md has the rest.
Pages of the same site may show these in a frame, others may not.
"""

import functools

from django.urls import path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.i18n import JavaScriptCatalog

from voiceroom import views
from voiceroom.middleware import policy


def framed(view):
    """Let pages of the same site show this view in a frame."""

    @functools.wraps(view)
    def framed_view(request, *args, **kwargs):
        response = xframe_options_sameorigin(view)(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = policy(request.get_host(), ancestors="'self'")
        return response

    return framed_view


urlpatterns = [
    path("", framed(views.lobby), name="lobby"),
    path("rooms/new/", framed(views.create_room), name="create_room"),
    path("rooms/<slug:slug>/", framed(views.room), name="room"),
    path("rooms/<slug:slug>/guest/", framed(views.guest), name="guest"),
    path("rooms/<slug:slug>/close/", framed(views.close_room), name="close_room"),
    path("words.js", JavaScriptCatalog.as_view(packages=["voiceroom"]), name="words"),
]
