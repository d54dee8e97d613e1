"""What can be done in a room, as plain functions on the database: for consumers, the admin, a shell.

A deed asks the rules, does it in one transaction, and tells the room once that is committed. What the rules refuse
raises ``EventError`` with their code.
"""
