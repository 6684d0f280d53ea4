"""Multislice: what many scattering events make of the atoms of a few dots in a microscope's picture."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
