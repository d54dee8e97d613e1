"""The pages. What changes while they are open comes over Socket.IO (consumers)."""

import inspect
import json
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.defaults import page_not_found

from voiceroom import conf, guests, live, protocol, rules, wire
from voiceroom.consumers import chat
from voiceroom.deeds import moderation
from voiceroom.forms import GuestForm, RoomForm, SignUpForm
from voiceroom.models import Ban, Guest, InviteLink, Room

# What the page says beforehand: the server does not take more.
SHOWN = "text_length name_length topic_length most_seats most_people password_length report_length link_uses".split()


def sign_up(request):
    """Make an account and go in."""
    if request.user.is_authenticated:
        return redirect("lobby")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect("lobby")
    return render(request, "registration/sign_up.html", {"form": form})


@login_required
@never_cache
def lobby(request):
    """The rooms. Their cards are drawn by the page, which has them live."""
    guest = Guest.objects.filter(user=request.user).exists()
    return render(request, "voiceroom/lobby.html", {"guest": guest, "search_length": conf.options().search_length})


@login_required
def create_room(request):
    """Open a room of one's own."""
    form = RoomForm(request.POST or None, owner=request.user)
    if request.method == "POST" and form.is_valid():
        room = form.save()
        live.lobby_changed(room)
        return redirect(room)
    return render(request, "voiceroom/create_room.html", {"form": form})


@never_cache
def room(request, slug):
    """One room, or a page that says why not (403). ``?invite=`` may open it; coming in uses the link, not looking."""
    found, invite = Room.objects.filter(slug=slug).first(), request.GET.get("invite", "")
    if found is None:  # an old link, most likely: our page, with DEBUG too
        return page_not_found(request, None)
    if not request.user.is_authenticated:
        return redirect_to_guest(request, found) if found.guests_allowed else redirect_to_login(request.get_full_path())
    standing = found.standing(request.user, invited=_opens(found, invite))
    if reason := rules.why_locked_out(standing):
        return _shut_out(request, found, reason)
    context = {
        "room": found,
        "you": wire.person(request.user),
        "invite": invite,
        "text_length": conf.options().text_length,
        "limits": json.dumps({name: getattr(conf.options(), name) for name in SHOWN}),
        "version": protocol.VERSION,
        "source": settings.DEBUG,
        "asks_password": rules.asks_password(standing),
        "may_close": rules.why_not_close(standing) is None,
    }
    return render(request, "voiceroom/room.html", context)


def guest(request, slug):
    """Come into a room that takes guests under a name, without an account."""
    found, invite = get_object_or_404(Room.objects.open(), slug=slug), request.GET.get("invite", "")
    if request.user.is_authenticated:
        return redirect(_address(found, invite))
    form = GuestForm(request.POST or None, room=found, known=guests.known(request))
    if not found.guests_allowed or (found.is_private and not _opens(found, invite)):
        return _shut_out(request, found, "private" if found.is_private else "no_guests")
    if request.method == "POST" and form.is_valid():
        return guests.welcome(request, form.save(), redirect(_address(found, invite)))
    context = {"form": form, "room": found, "next": _address(found, invite)}
    return render(request, "registration/guest.html", context)


def redirect_to_guest(request, found):
    """Where somebody without an account may give a name."""
    return redirect(f"{reverse('guest', args=[found.slug])}?{request.GET.urlencode()}".rstrip("?"))


def _address(found, invite):
    return f"{found.get_absolute_url()}?{urlencode({'invite': invite})}" if invite else found.get_absolute_url()


def _opens(found, invite):
    link = InviteLink.objects.by_token(found, invite)
    return link is not None and link.why_not() is None


def _shut_out(request, found, reason):
    ban = Ban.objects.active().filter(room=found, user=request.user).first() if reason == "banned" else None
    return render(request, "voiceroom/shut_out.html", {"room": found, "reason": reason, "ban": ban}, status=403)


@login_required
def close_room(request, slug):
    """Ask, then close the room for everybody."""
    found = get_object_or_404(Room.objects.open(), slug=slug)
    if rules.why_not_close(found.standing(request.user)):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "voiceroom/close_room.html", {"room": found})
    moderation.close(found, request.user)
    return redirect("lobby")


@login_required
def source(request):
    """The handlers behind the conversation, for the curious who try the demo: only while DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    return HttpResponse(inspect.getsource(chat), content_type="text/plain; charset=utf-8")


class LogOut(LogoutView):
    """Log out, in all open pages of this session at once."""

    def post(self, request, *args, **kwargs):
        user = request.user
        response = super().post(request, *args, **kwargs)
        if user.is_authenticated:
            live.user_logged_out(user)
        return response
