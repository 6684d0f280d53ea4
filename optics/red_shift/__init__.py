"""Red shift on assembly: a budget of terms, each with its own number and standing."""
