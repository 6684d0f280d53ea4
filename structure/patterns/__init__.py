"""What two-dimensional patterns and curves are, and what an instrument does to them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
