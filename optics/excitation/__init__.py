"""Excitation: how many excitons a pulse makes, and when there is gain."""
