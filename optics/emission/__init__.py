"""Emission of one dot and of a set of sizes, anchored by one measured pair."""
