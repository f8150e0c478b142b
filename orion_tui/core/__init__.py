"""The engine: sessions, policy, sandbox, review and promotion. Knows no screen."""
