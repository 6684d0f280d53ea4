"""From a nanocrystal and a ligand to a superlattice: the front door."""

__version__ = "0.1.0"
