"""The resources of a region: the list that its correspondent keeps, each resource, its spreadsheets."""

from ptce_aap.web.directory import imports, pages
from ptce_aap.web.directory.room import bp

__all__ = ["bp", "imports", "pages"]
