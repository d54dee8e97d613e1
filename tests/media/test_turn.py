"""A real coturn: voices through it, with the credentials of the join and with no others."""

import asyncio
import time

import pytest

from tests.harness.site import Site
from voiceroom.media import turn

pytestmark = pytest.mark.coturn

RELAY_ONLY = """
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native {
  constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
  setConfiguration(options) { super.setConfiguration({ ...options, iceTransportPolicy: "relay" }); }
};
"""
GATHER = """async (servers) => {
  const pc = new RTCPeerConnection({ iceServers: servers, iceTransportPolicy: "relay" });
  const found = [];
  const done = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => candidate ? candidate.candidate && found.push(candidate.type) : resolve();
    setTimeout(resolve, 10000);
  });
  pc.addTransceiver("audio", { direction: "recvonly" });
  await pc.setLocalDescription();
  await done;
  pc.close();
  return found;
}"""


@pytest.fixture(scope="module")
def relayed(tmp_path_factory, coturn_server):
    """A site whose people may use the coturn."""
    database = tmp_path_factory.mktemp("turn") / "db.sqlite3"
    turned = {"TURN_URLS": coturn_server.urls, "TURN_SECRET": coturn_server.secret}
    with Site(database, **turned) as site:
        yield site


async def test_a_call_through_the_relay_works_with_the_credentials_of_the_join(person, new_room, relayed):
    room = new_room("relay", at=relayed)
    alice = await (await person("alice", 440, at=relayed, script=RELAY_ONLY)).talk(room)
    bob = await (await person("bob", 880, at=relayed, script=RELAY_ONLY)).talk(room)
    await asyncio.gather(alice.hears(880), bob.hears(440))
    for someone in (alice, bob):
        kinds = await used(someone)
        assert kinds == {("relay", "relay")}, await someone.evidence()
        assert "frames" not in await someone.page.locator("#notes").inner_text()


async def used(person):
    """The kinds of the candidates, here and there, by which sound came."""
    pairs = set()
    for connection in await person.page.evaluate("probe.stats()"):
        stats = {one["id"]: one for one in connection["stats"]}
        for pair in stats.values():
            if pair["type"] == "candidate-pair" and pair.get("nominated") and pair["state"] == "succeeded":
                ends = stats[pair["localCandidateId"]], stats[pair["remoteCandidateId"]]
                pairs.add(tuple(end["candidateType"] for end in ends))
    return pairs


async def test_credentials_that_ended_or_that_somebody_else_made_get_no_relay(person, relayed, coturn_server):
    alice = await person("alice", 440, at=relayed)
    await alice.page.goto("/")
    name, later = f"{int(time.time()) - 60}:1", f"{int(time.time()) + 300}:1"

    async def gathered(username, secret):
        credential = turn.credential(username, secret)
        server = {"urls": coturn_server.urls, "username": username, "credential": credential}
        return set(await alice.page.evaluate(GATHER, [server]))

    good, expired, forged = await asyncio.gather(
        gathered(later, coturn_server.secret), gathered(name, coturn_server.secret), gathered(later, "a guess")
    )
    assert (good, expired, forged) == ({"relay"}, set(), set())
