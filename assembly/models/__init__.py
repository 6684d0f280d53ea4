"""Levels of coarse graining: each module turns a nanocrystal and its coating into a `Plan`."""
