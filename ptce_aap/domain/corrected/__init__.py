"""The corrected ranking: readers' severity removed, with how sure each rank is. An aid; it never moves a line.

Pages read the frozen values (``values``, ``aids``, ``chances``, ``storing``), which import no numerical library.
Only the worker and ``ptce-aap rank`` import the modules that compute: ``fitting`` first. See ``docs/ranking.md``.
"""
