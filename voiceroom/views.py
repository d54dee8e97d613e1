"""The pages. What changes while they are open comes over Socket.IO (consumers.py)."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache

from voiceroom import live, rules, wire
from voiceroom.forms import RoomForm, SignUpForm
from voiceroom.models import Room


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
    return render(request, "voiceroom/lobby.html", {"you": wire.person(request.user)})


@login_required
def create_room(request):
    """Open a room of one's own."""
    form = RoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        room = form.save_for(request.user)
        live.room_changed(room)
        return redirect(room)
    return render(request, "voiceroom/create_room.html", {"form": form})


@login_required
@never_cache
def room(request, slug):
    """One room, or a page that says why not (403)."""
    found = get_object_or_404(Room, slug=slug)
    if reason := rules.why_shut_out(found.standing(request.user)):
        return render(request, "voiceroom/shut_out.html", {"reason": reason}, status=403)
    context = {
        "room": found,
        "you": wire.person(request.user),
        "text_length": rules.TEXT_LENGTH,
        "may_close": rules.why_not_close(found.standing(request.user)) is None,
    }
    return render(request, "voiceroom/room.html", context)


@login_required
def close_room(request, slug):
    """Ask, then close the room for everybody."""
    found = get_object_or_404(Room.objects.open(), slug=slug)
    if rules.why_not_close(found.standing(request.user)):
        raise PermissionDenied
    if request.method != "POST":
        return render(request, "voiceroom/close_room.html", {"room": found})
    found.close()
    live.room_closed(found)
    return redirect("lobby")


class LogOut(LogoutView):
    """Log out, in all open pages of this session at once."""

    def post(self, request, *args, **kwargs):
        user = request.user
        response = super().post(request, *args, **kwargs)
        if user.is_authenticated:
            live.user_logged_out(user)
        return response
