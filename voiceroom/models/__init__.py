# ruff: noqa: F401
"""Rooms, who belongs to them, who sits where, and what was said."""

from voiceroom.models.doors import Attempt, InviteLink
from voiceroom.models.media import MeshPeer
from voiceroom.models.order import ModerationEvent
from voiceroom.models.people import Ban, Guest, Membership
from voiceroom.models.reports import Report
from voiceroom.models.rooms import Room, is_house
from voiceroom.models.seats import EMPTY, HandRequest, Seat, SeatInvitation, graced
from voiceroom.models.talk import Message, MessageEdit, MessageReaction
