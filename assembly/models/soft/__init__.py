"""soft: rigid bodies of beads whose pair energy is that of the coated nanocrystals in every pose."""
