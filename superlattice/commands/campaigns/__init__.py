"""Commands that work on many studies at once."""
