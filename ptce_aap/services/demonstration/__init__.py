"""The demonstration: four fictional calls, each in its phase today, written once in a database of its own."""

from ptce_aap.services.demonstration.loading import generate, is_loaded, load

__all__ = ["generate", "is_loaded", "load"]
