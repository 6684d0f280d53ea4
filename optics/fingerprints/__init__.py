"""All optical numbers of one configuration, and the papers' statements beside the models."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
