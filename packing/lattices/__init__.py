"""Which crystals are candidates: templates with what their symmetry leaves free, and their cells."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
