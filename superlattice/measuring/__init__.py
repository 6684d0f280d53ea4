"""Measured files, many at a time: tables, figures, captions, sessions and series."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
