"""Who may do what needs a person: PIN, lockout, the vault that keeps the hashes."""
