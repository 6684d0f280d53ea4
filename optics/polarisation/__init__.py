"""Polarisation: what the orientations of the dots do to the light."""
