"""The whole of an installation in one file, and back: rows, stored files, definitions, settings, keys."""
