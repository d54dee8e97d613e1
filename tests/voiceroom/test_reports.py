"""People report somebody to the house; the house settles it, and nobody else hears of it."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from realtime.testing import outbox
from tests.voiceroom.tabs import code, enter, hear, heard, join, leave
from tests.voiceroom.test_admin import act, boss, log, told  # noqa: F401 - boss is a fixture
from voiceroom import rules
from voiceroom.deeds import reports
from voiceroom.models import Ban, Membership, Message, Report
from voiceroom.options import DEFAULTS
from voiceroom.rules import Standing

pytestmark = pytest.mark.django_db(transaction=True)
FINE = {"own": False, "reason": "spam", "text": "", "lately": 0}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"own": True}, "bad_arguments"),
        ({"reason": "boring"}, "bad_arguments"),
        ({"reason": ["spam"]}, "bad_arguments"),
        ({"text": None}, "bad_arguments"),
        ({"text": "x" * DEFAULTS.report_length}, None),
        ({"text": "x" * (DEFAULTS.report_length + 1)}, "too_long"),
        ({"lately": DEFAULTS.reports}, "too_fast"),
    ],
)
def test_a_report_names_another_and_a_reason_and_is_not_one_of_many(facts, reason):
    assert rules.why_not_report(Standing(), **FINE | facts) == reason


def test_who_is_shut_out_reports_nobody():
    assert rules.why_not_report(Standing(banned=True), **FINE) == "banned"


def test_the_reasons_of_the_rules_are_those_of_the_model():
    assert set(Report.Reason.values) == set(rules.REPORT_REASONS)


async def test_a_report_reaches_the_house_and_nobody_else(room, people):
    house, ada, cy = await enter(people["di"], "/"), *[(await join(people[name]))[0] for name in ("ada", "cy")]
    said = await Message.objects.acreate(room=room, author=people["ada"], text="rude", key="key-of-ada")
    await heard(ada)
    assert await cy.call("member:report", people["ada"].pk, "harassment", " she shouts ", said.pk) == {"ok": True}
    made = await Report.objects.select_related("by", "user", "message").aget()
    assert (made.by, made.user, made.message, made.text) == (people["cy"], people["ada"], said, "she shouts")
    assert await hear(house, "lobby:reports") == {"slug": "tea", "waiting": 1, "all": 1}
    assert (await house.call("lobby:join"))["reports"] == {"tea": 1}
    assert await heard(ada) == []
    await leave(house, ada, cy)


async def test_what_the_house_knows_is_not_in_everybodys_lobby(room, people):
    await Report.objects.acreate(room=room, by=people["cy"], user=people["ada"], reason="spam")
    lobby = await enter(people["ada"], "/")
    assert "reports" not in await lobby.call("lobby:join")
    await leave(lobby)


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (("cy", "spam"), "bad_arguments"),  # oneself
        (("ada", "boring"), "bad_arguments"),
        (("ada", "spam", "x" * 501), "too_long"),
        (("ada", "spam", "", 999_999), "not_found"),
        (("di", "spam"), "not_found"),  # was never in this room
        (("nobody", "spam"), "not_found"),
    ],
)
async def test_a_report_that_cannot_be_is_answered_with_its_code(room, people, arguments, refused):
    cy, _ = await join(people["cy"])
    who = people[arguments[0]].pk if arguments[0] in people else 999_999
    assert code(await cy.call("member:report", who, *arguments[1:])) == refused
    assert not await Report.objects.aexists()
    await leave(cy)


async def test_the_message_of_somebody_else_does_not_go_with_it(room, people):
    said = await Message.objects.acreate(room=room, author=people["bo"], text="fine", key="key-of-bo")
    cy, _ = await join(people["cy"])
    assert code(await cy.call("member:report", people["ada"].pk, "spam", "", said.pk)) == "not_found"
    await leave(cy)


async def test_one_waiting_report_each_and_no_flood_of_them(room, people):
    one, two = [(await join(people["cy"]))[0] for _ in range(2)]
    assert (await one.call("member:report", people["ada"].pk, "spam"))["ok"]
    assert code(await two.call("member:report", people["ada"].pk, "hate")) == "already_reported"
    for _ in range(DEFAULTS.reports - 1):
        await Report.objects.acreate(room=room, by=people["cy"], user=None, reason="spam")
    assert code(await two.call("member:report", people["bo"].pk, "spam")) == "too_fast"
    tries = [code(await one.call("member:report", people["bo"].pk, "spam")) for _ in range(DEFAULTS.report_rate[1])]
    assert tries[-1] == "too_fast"
    await leave(one, two)


@pytest.fixture
def report(room, people):
    Membership.objects.create(room=room, user=people["cy"])
    said = Message.objects.create(room=room, author=people["cy"], text="<b>rude</b>", key="key-of-cy")
    return reports.report(room, people["bo"], people["cy"].pk, "harassment", "again", said.pk)


def test_the_house_reads_it_with_what_was_written_before(boss, report):  # noqa: F811
    page = boss.get(f"/admin/voiceroom/report/{report.pk}/change/").content.decode()
    assert "insults or threats" in page and "again" in page and "&lt;b&gt;rude&lt;/b&gt;" in page
    assert report.pk and "insults or threats" in boss.get("/admin/voiceroom/report/?q=cy").content.decode()


@pytest.mark.parametrize(("action", "state"), [("handle", "handled"), ("dismiss", "dismissed")])
def test_a_settled_report_is_kept_and_says_by_whom(boss, people, report, action, state):  # noqa: F811
    outbox.clear()
    assert b"1 report settled." in act(boss, "report", action, report).content
    report.refresh_from_db()
    assert (report.state, report.settled_by) == (state, people["di"]) and report.settled_at
    assert log() == [f"report_{state}"] and LogEntry.objects.get().object_id == str(report.pk)
    assert told("lobby:reports") == [[{"slug": "tea", "waiting": 0, "all": 0}]]
    waiting = boss.get("/admin/voiceroom/report/").content.decode()
    assert "0 reports" in waiting and "1 report" in boss.get("/admin/voiceroom/report/?state=all").content.decode()
    assert b"0 reports settled." in act(boss, "report", "dismiss", report).content
    assert log() == [f"report_{state}"]


def test_the_reported_are_banned_from_the_list(boss, people, report):  # noqa: F811
    act(boss, "report", "ban", report)
    assert Ban.objects.get().user == people["cy"] and told("room:closed")[0][0]["code"] == "banned"
    assert log() == ["report_handled", "ban"]


def test_reports_are_neither_written_nor_deleted_by_hand(boss, report):  # noqa: F811
    address = f"/admin/voiceroom/report/{report.pk}"
    assert boss.get("/admin/voiceroom/report/add/").status_code == 403
    assert boss.post(f"{address}/change/", {"text": "other"}).status_code == 403
    assert boss.post(f"{address}/delete/", {"post": "yes"}).status_code == 403


def test_settling_needs_the_permission_to_moderate(client, people, report):
    staff = people["di"]
    staff.user_permissions.set(Permission.objects.filter(codename="view_report"))
    client.force_login(staff)
    assert client.get("/admin/voiceroom/report/").status_code == 200
    act(client, "report", "handle", report)
    report.refresh_from_db()
    assert report.state == "waiting"
    staff.user_permissions.clear()
    assert client.get("/admin/voiceroom/report/").status_code == 403
