"""Why is the crystal redder than the solution? A budget of terms, each with its own standing."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
