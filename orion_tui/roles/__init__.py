"""Role profiles: schema, strict loading, the shipped templates."""
