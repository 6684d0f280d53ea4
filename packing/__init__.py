"""Analytic models: what spacing and lattice do geometry, ligand volume and pair energy give?"""
