"""What can go wrong through no fault of the code."""

from __future__ import annotations


class InputError(ValueError):
    """Something a person gave cannot be used; the message is the one line they need.

    The message says the name, the rule, what was got and what to do next. The command line prints it
    and exits with 2; any other exception there is a bug and exits with 1.

    Examples
    --------
    >>> raise InputError("edge_nm must be positive, got -1. Give the core edge in nm.")
    Traceback (most recent call last):
        ...
    packing.errors.InputError: edge_nm must be positive, got -1. Give the core edge in nm.
    """


class MissingEngineError(InputError):
    """An engine is asked for that this machine does not have; the message names what installs it."""


class RunStopped(Exception):
    """A run stopped early (signal, wall time) with its checkpoint written; exit code 3."""
