"""What crosses between repository and sandbox: bytes, checked entry by entry."""
