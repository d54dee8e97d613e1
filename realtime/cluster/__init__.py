"""The processes of one project that share a channel layer: who is alive, what they ask each other. Floor 2."""
