"""The same words, preset or earlier work done to many photos."""
