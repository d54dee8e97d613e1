"""Voiceroom: rooms where people talk. The demo project, and the longest example of ``realtime``."""
