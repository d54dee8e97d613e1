"""Floor 1: Socket.IO, pure. No asyncio, no Django, no clock: frames in, packets out, and back."""
