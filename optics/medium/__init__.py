"""The superlattice as a medium: effective index with bounds, exact homogenisation, and absorption of dots in it."""
