"""A walk through the real program in a real terminal, by keyboard alone; it takes the pictures of the documentation."""
