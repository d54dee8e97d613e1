"""Permissions of handlers and of whole namespaces."""

import asyncio

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

from realtime import ConnectionRefused, NamespaceConsumer, on, once
from tests.consumers.clients import come


class Moderated(NamespaceConsumer):
    done = ()

    @on("kick", permission="auth.change_user")
    async def kick(self, who):
        return f"kicked {who}"

    @on("ban", permission=["auth.change_user", "auth.delete_user"])
    def ban(self, who):
        return f"banned {who}"


class Staff(Moderated):
    permission_required = "auth.change_user"


@pytest.fixture
def moderator(transactional_db):
    user = User.objects.create(username="mod")
    user.user_permissions.add(Permission.objects.get(codename="change_user"))
    return user


@pytest.fixture
def ada(transactional_db):
    return User.objects.create(username="ada")


FORBIDDEN = {"error": {"code": "forbidden", "message": "You do not have the permission for this"}}


async def test_a_handler_with_a_permission_answers_forbidden_to_others(moderator, ada):
    mod, guest, nobody = [await come(Moderated, user=user) for user in (moderator, ada, AnonymousUser())]
    assert await mod.call("kick", "eve") == "kicked eve"
    assert await mod.call("ban", "eve") == FORBIDDEN  # it takes both
    for client in (guest, nobody):
        assert [await client.call("kick", "eve"), await client.call("ban", "eve")] == [FORBIDDEN, FORBIDDEN]
    for client in (mod, guest, nobody):
        await client.disconnect()


async def test_a_permission_given_or_taken_counts_at_once(moderator, ada):
    mod = await come(Moderated, user=moderator)
    assert await mod.call("kick", "eve") == "kicked eve"
    await moderator.user_permissions.aclear()
    assert await mod.call("kick", "eve") == FORBIDDEN
    await ada.user_permissions.aadd(await Permission.objects.aget(codename="change_user"))
    guest = await come(Moderated, user=ada)
    await User.objects.filter(pk=ada.pk).aupdate(is_active=False)
    assert await guest.call("kick", "eve") == FORBIDDEN
    await mod.disconnect(), await guest.disconnect()


class Opening(NamespaceConsumer):
    @once("open", permission="auth.change_user")
    async def open_it(self):
        return "opened"

    @once("ring", permission="auth.change_user")
    def ring(self):
        return "rung"


@pytest.mark.parametrize("event, answer", [("open", "opened"), ("ring", "rung")])
async def test_who_is_forbidden_has_not_used_up_a_once(ada, event, answer):
    client = await come(Opening, user=ada)
    assert await client.call(event) == FORBIDDEN
    await ada.user_permissions.aadd(await Permission.objects.aget(codename="change_user"))
    assert await client.call(event) == answer
    assert (await client.call(event))["error"]["code"] == "not_found"
    await client.disconnect()


async def test_a_class_with_a_permission_refuses_others(moderator, ada):
    await (await come(Staff, user=moderator)).disconnect()
    for user in (ada, AnonymousUser()):
        with pytest.raises(ConnectionRefused, match="You do not have the permission") as refusal:
            await come(Staff, user=user)
        assert refusal.value.data == {"code": "forbidden"}


async def test_the_permission_is_asked_for_behind_the_middleware(moderator):
    async def log_in(socket, auth):
        socket.scope["user"] = moderator

    class ByToken(Staff):
        middleware = [log_in]

    client = await come(ByToken)
    assert await client.call("kick", "eve") == "kicked eve"
    await client.disconnect()


class OnLoop(User):
    """A user who notices where permissions are looked up."""

    class Meta:
        proxy = True
        app_label = "auth"

    threads = []

    def has_perms(self, permissions, obj=None):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            self.threads.append("thread")
        else:
            self.threads.append("loop")
        return super().has_perms(permissions, obj)


async def test_permissions_are_never_looked_up_on_the_loop(moderator):
    user = await OnLoop.objects.aget(pk=moderator.pk)
    client = await come(Staff, user=user)
    await client.call("kick", "eve")
    await client.call("ban", "eve")
    await client.disconnect()
    assert OnLoop.threads == ["thread"] * 3


@pytest.mark.parametrize("wrong", ["moderate", 3, ["chat.moderate", None]])
def test_what_is_no_permission_is_an_error_at_once(wrong):
    with pytest.raises(TypeError):
        on("x", permission=wrong)
    with pytest.raises(TypeError):
        type("Wrong", (NamespaceConsumer,), {"permission_required": wrong})
