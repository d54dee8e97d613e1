"""The demo's pages, as a project has them."""

from voiceroom.urls import urlpatterns

__all__ = ["urlpatterns"]
