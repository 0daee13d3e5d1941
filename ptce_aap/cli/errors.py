"""What a command raises when its input is wrong."""

from __future__ import annotations


class BadInput(Exception):
    """An input is wrong; the message is one French sentence: what, where and how to mend it. Exit status 2."""
