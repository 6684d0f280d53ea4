"""Order, scattering and microscopy: how ordered is it, and what would the instruments see?"""
