"""The synthesis as a workbook and as a PDF, and the sentence that says what each of its tables shows."""

from ptce_aap.documents.synthesis.content import Content, finding, head, rows
from ptce_aap.documents.synthesis.pdf import render_pdf
from ptce_aap.documents.synthesis.workbook import render_xlsx

__all__ = ["Content", "finding", "head", "render_pdf", "render_xlsx", "rows"]
