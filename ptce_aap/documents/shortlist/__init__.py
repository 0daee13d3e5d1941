"""The frozen ranked shortlist, as PDF to sign, XLSX and CSV to work with, JSON to verify."""

from ptce_aap.documents.shortlist.content import Outcome, Shortlist, ShortlistDeparture, ShortlistEntry
from ptce_aap.documents.shortlist.data import render_csv, render_json, render_xlsx
from ptce_aap.documents.shortlist.pdf import render_pdf

__all__ = [
    "Outcome",
    "Shortlist",
    "ShortlistDeparture",
    "ShortlistEntry",
    "render_csv",
    "render_json",
    "render_pdf",
    "render_xlsx",
]
