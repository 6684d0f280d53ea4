"""Which colour does one dot emit, how wide is the line of many, how fast is it?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
