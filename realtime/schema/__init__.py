"""What a project's namespaces say and hear, written down: AsyncAPI and TypeScript. docs/how-to/typed-events.md."""
