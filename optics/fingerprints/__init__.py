"""Fingerprints: all optical numbers of one configuration, each with its standing, and the papers' statements."""
