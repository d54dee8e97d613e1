"""Reporting somebody to the house."""

from voiceroom.options import DEFAULTS
from voiceroom.rules.doors import why_shut_out
from voiceroom.rules.over import over

REPORT_REASONS = ("spam", "harassment", "hate", "sexual", "sound", "other")
REPORT_LENGTH = 500  # characters of what happened that the database keeps


def why_not_report(standing, own, reason, text, lately, options=DEFAULTS):
    """Report another person. ``own``: it is oneself. ``lately``: reports of this user in the last while."""
    if own or reason not in REPORT_REASONS or not isinstance(text, str):
        return "bad_arguments"
    if len(text) > options.report_length:
        return over("too_long", "REPORT_LENGTH")
    return why_shut_out(standing) or (over("too_fast", "REPORTS") if lately >= options.reports else None)
