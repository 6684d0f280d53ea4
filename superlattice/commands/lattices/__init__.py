"""Commands that ask which lattice: stable, or wanted."""
