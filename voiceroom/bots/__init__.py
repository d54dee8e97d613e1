"""Simulated people for the demo: ordinary clients that log in, take seats, talk and chat.

They know the server only from outside, as a page does: its login form, its Socket.IO events, its WebRTC signalling.
``python -m voiceroom.bots URL`` runs them; it needs the extra "bots" (python-socketio and aiortc) and no Django.
"""
