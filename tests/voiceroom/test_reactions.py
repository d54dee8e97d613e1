"""Signs under messages: one of a few, once for each person, seen by everybody at once."""

import pytest

from tests.voiceroom.tabs import code, hear, heard, join, leave
from voiceroom import rules
from voiceroom.models import Membership, Message, MessageReaction, Room
from voiceroom.options import DEFAULTS

pytestmark = pytest.mark.django_db(transaction=True)
THUMB, HEART = rules.REACTIONS[:2]


@pytest.mark.parametrize(
    ("standing", "emoji", "reason"),
    [
        (rules.Standing(), THUMB, None),
        (rules.Standing(), "x", "bad_arguments"),
        (rules.Standing(chat_muted=True), THUMB, "chat_muted"),
        (rules.Standing(chat_muted=True, role=rules.MODERATOR), THUMB, None),
        (rules.Standing(banned=True), THUMB, "banned"),
    ],
)
def test_who_may_write_may_react(standing, emoji, reason):
    assert rules.why_not_react(standing, emoji) == reason


async def said(room, author, n=0):
    return await Message.objects.acreate(room=room, author=author, text="tea?", key=f"reaction-{n}")


async def test_everybody_sees_a_reaction_and_how_many_there_are(room, people):
    message = await said(room, people["ada"])
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    told = {"message": message.pk, "emoji": THUMB}
    assert await bo.call("chat:react", message.pk, THUMB, True) == {"ok": True}
    assert await hear(ada, "chat:reacted") == told | {"user": people["bo"].pk, "on": True, "count": 1}
    await ada.call("chat:react", message.pk, THUMB, True)
    assert (await hear(ada, "chat:reacted"))["count"] == 2
    await bo.call("chat:react", message.pk, THUMB, False)
    assert await hear(ada, "chat:reacted") == told | {"user": people["bo"].pk, "on": False, "count": 1}
    await leave(ada, bo)


async def test_the_same_again_changes_nothing_and_is_told_to_nobody(room, people):
    message = await said(room, people["ada"])
    ada, _ = await join(people["ada"])
    bo, _ = await join(people["bo"])
    for on in (False, True, True):
        assert code(await bo.call("chat:react", message.pk, THUMB, on)) is None
    assert [told.event for told in await heard(ada)].count("chat:reacted") == 1
    await leave(ada, bo)


async def test_who_comes_in_reads_the_reactions_with_the_messages(room, people):
    first, second, gone = [await said(room, people["ada"], n) for n in range(3)]
    put = [
        ("ada", first, HEART),
        ("bo", first, THUMB),
        ("cy", first, HEART),
        ("bo", second, THUMB),
        ("bo", gone, THUMB),
    ]
    for user, message, emoji in put:
        await MessageReaction.objects.acreate(message=message, user=people[user], emoji=emoji)
    bo, told = await join(people["bo"])
    await bo.call("chat:delete", gone.pk)
    page = [
        {"message": first.pk, "emoji": HEART, "count": 2, "mine": False},
        {"message": first.pk, "emoji": THUMB, "count": 1, "mine": True},
        {"message": second.pk, "emoji": THUMB, "count": 1, "mine": True},
    ]
    assert told["reacted"][:3] == page
    assert (await bo.call("room:sync"))["reacted"] == page
    assert (await bo.call("chat:history", second.pk))["reacted"] == page[:2]
    await leave(bo)


async def test_a_reaction_that_cannot_be_is_answered_with_its_code(room, people, settings):
    settings.VOICEROOM = {"REACTION_RATE": (1000.0, 1000)}
    other = await Room.objects.acreate(slug="cake", name="Cake", owner=people["ada"])
    elsewhere = await said(other, people["ada"])
    here, gone = [await said(room, people["ada"], n) for n in (1, 2)]
    ada, _ = await join(people["ada"])
    cy, _ = await join(people["cy"])
    await ada.call("chat:delete", gone.pk)
    for message, emoji, reason in (
        (elsewhere, THUMB, "not_found"),
        (gone, THUMB, "not_found"),
        (here, "👻", "bad_arguments"),
        (here, "<b>", "bad_arguments"),
    ):
        assert code(await cy.call("chat:react", message.pk, emoji, True)) == reason
    await Membership.objects.filter(user=people["cy"]).aupdate(chat_muted=True)
    assert code(await cy.call("chat:react", here.pk, THUMB, True)) == "chat_muted"
    assert not await MessageReaction.objects.aexists()
    await leave(ada, cy)


async def test_nobody_reacts_without_end(room, people):
    message = await said(room, people["ada"])
    cy, _ = await join(people["cy"])
    codes = [
        code(await cy.call("chat:react", message.pk, THUMB, n % 2 == 0)) for n in range(DEFAULTS.reaction_rate[1] + 3)
    ]
    assert codes[0] is None and codes[-1] == "too_fast"
    await leave(cy)
