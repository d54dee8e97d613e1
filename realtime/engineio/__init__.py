"""Engine.IO, pure: packets, payloads, handshakes and the heartbeat. No asyncio, no Django, no clock."""
