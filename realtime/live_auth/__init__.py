"""Sockets follow their users: who logs in or out, loses the account, its rights or the session is connected afresh.

``watch`` holds who is connected in this process and looks whether they still are who they were; ``signals`` tells all
processes whom to look at now; ``standing`` asks the database and the session store.
"""
