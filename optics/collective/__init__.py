"""Collective emission: superradiant modes of the crystal, the burst, and whether its dots cohere."""
