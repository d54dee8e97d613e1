# ruff: noqa: F401
"""Who may do what, and what a text may be. Pure: no request, no socket, no database, no clock.

A rule answers ``None`` (it is allowed) or the code of the reason why not; codes go over the wire,
the page has the words.
"""

from voiceroom.rules.doors import (
    asks_password,
    is_password,
    why_locked_out,
    why_not_enter,
    why_not_invite,
    why_not_link,
    why_not_password,
    why_not_stay,
    why_not_try,
    why_shut_out,
)
from voiceroom.rules.order import (
    QUALITY,
    why_not_ask,
    why_not_ban,
    why_not_close,
    why_not_create,
    why_not_guest,
    why_not_handle,
    why_not_host,
    why_not_moderate,
    why_not_role,
    why_not_unban,
    why_not_update,
)
from voiceroom.rules.over import Over, over
from voiceroom.rules.reports import REPORT_LENGTH, REPORT_REASONS, why_not_report
from voiceroom.rules.seats import (
    APPLY,
    FREE,
    Place,
    first_free,
    why_not_lock_seat,
    why_not_mic,
    why_not_move,
    why_not_raise,
    why_not_seat,
    why_not_take,
    why_not_unmute,
)
from voiceroom.rules.standing import HOST, MEMBER, MODERATOR, OWNER, RANK, Standing
from voiceroom.rules.talk import (
    NAME_LENGTH,
    REACTIONS,
    TOPIC_LENGTH,
    clean_line,
    clean_text,
    why_not_delete,
    why_not_edit,
    why_not_key,
    why_not_react,
    why_not_search,
    why_not_send,
    why_not_text,
)
