"""Measures of the application at several sizes, reported as tables: figures to read, never a timed test."""
