"""Campaigns on clusters: job scripts for schedulers, checked before they are submitted, and where their jobs are."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
