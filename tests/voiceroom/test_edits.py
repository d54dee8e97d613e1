"""Who said something may say it otherwise for a while; moderators read what it was."""

import datetime

import pytest
from django.utils import timezone

from tests.voiceroom.tabs import code, hear, join, leave
from tests.voiceroom.test_admin import boss  # noqa: F401 - a fixture
from voiceroom import rules
from voiceroom.models import Message
from voiceroom.options import DEFAULTS
from voiceroom.rules import Standing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("standing", "own", "age", "edits", "reason"),
    [
        (Standing(), True, 0, 0, None),
        (Standing(), True, DEFAULTS.edit_seconds, DEFAULTS.edits - 1, None),
        (Standing(), True, DEFAULTS.edit_seconds + 1, 0, "too_late"),
        (Standing(), True, 0, DEFAULTS.edits, "too_late"),
        (Standing(role=rules.OWNER), False, 0, 0, "forbidden"),  # who keeps order deletes, and does not rewrite
        (Standing(chat_muted=True), True, 0, 0, "chat_muted"),
        (Standing(banned=True), True, 0, 0, "banned"),
    ],
)
def test_a_message_is_changed_by_its_author_and_not_for_long(standing, own, age, edits, reason):
    assert rules.why_not_edit(standing, own, age, edits) == reason


async def test_a_change_is_seen_by_everybody_and_what_it_was_is_kept(room, people):
    ada, cy = [(await join(people[name]))[0] for name in ("ada", "cy")]
    said = (await cy.call("chat:send", "teh tea", "key-of-cy-1"))["message"]
    answer = await cy.call("chat:edit", said["id"], " the tea \n")
    assert answer["message"] == said | {"text": "the tea", "edited": True}
    skip = ("room:entered", "media:peers", "chat:message")
    assert await hear(ada, "chat:edited", skip) == answer["message"]
    message = await Message.objects.aget()
    assert [edit.text async for edit in message.edits.all()] == ["teh tea"]
    await cy.call("chat:edit", said["id"], "the tea")  # nothing is another
    assert await message.edits.acount() == 1
    await leave(ada, cy)


async def test_a_change_that_cannot_be_is_answered_with_its_code(room, people):
    ada, cy = [(await join(people[name]))[0] for name in ("ada", "cy")]
    said = (await cy.call("chat:send", "hello", "key-of-cy-1"))["message"]["id"]
    assert code(await ada.call("chat:edit", said, "other")) == "forbidden"
    assert code(await cy.call("chat:edit", said, " ")) == "empty"
    assert code(await cy.call("chat:edit", said + 1, "other")) == "not_found"
    long_ago = timezone.now() - datetime.timedelta(seconds=DEFAULTS.edit_seconds + 1)
    await Message.objects.aupdate(created=long_ago)
    assert code(await cy.call("chat:edit", said, "other")) == "too_late"
    await cy.call("chat:delete", said)
    assert code(await cy.call("chat:edit", said, "other")) == "not_found"
    assert (await Message.objects.aget()).text == "hello"
    await leave(ada, cy)


async def test_nobody_changes_messages_without_end(room, people):
    cy, _ = await join(people["cy"])
    said = (await cy.call("chat:send", "hello", "key-of-cy-1"))["message"]["id"]
    answers = [code(await cy.call("chat:edit", said, str(n))) for n in range(DEFAULTS.edit_rate[1] + 1)]
    assert answers[0] is None and answers[-1] == "too_fast"
    await leave(cy)


def test_moderators_read_what_a_message_said_before(boss, room, people):  # noqa: F811
    message = Message.objects.create(room=room, author=people["cy"], text="rude <b>", key="key-of-mine")
    message.rewrite("polite")
    page = boss.get(f"/admin/voiceroom/message/{message.pk}/change/").content.decode()
    assert "rude &lt;b&gt;" in page and "polite" in page
