"""Cavity: the modes of a superlattice crystal or of a filled capillary."""
