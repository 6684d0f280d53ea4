"""Commands on what instruments show."""
