"""Django's PostgreSQL backend, which finds out about a lost connection without asking the server each time."""
