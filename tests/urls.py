"""The demo's pages, as a project has them; nothing else."""

from importlib.util import find_spec

from django.urls import include, path

urlpatterns = [path("", include("voiceroom.urls"))] if find_spec("voiceroom") else []
