"""The engine: analyse once, edit many times."""
