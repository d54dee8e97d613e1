from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from voiceroom import views

urlpatterns = [
    path("", views.lobby, name="lobby"),
    path("rooms/new/", views.create_room, name="create_room"),
    path("rooms/<slug:slug>/", views.room, name="room"),
    path("rooms/<slug:slug>/guest/", views.guest, name="guest"),
    path("rooms/<slug:slug>/close/", views.close_room, name="close_room"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", views.LogOut.as_view(), name="logout"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("source/", views.source, name="source"),
    path("words.js", JavaScriptCatalog.as_view(packages=["voiceroom"]), name="words"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("favicon.ico", RedirectView.as_view(url=staticfiles_storage.url("icon.svg"))),
    path("admin/", admin.site.urls),
]
