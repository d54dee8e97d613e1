"""Annotations at work: what a handler says that it takes is what it gets. docs/how-to/typed-events.md."""
