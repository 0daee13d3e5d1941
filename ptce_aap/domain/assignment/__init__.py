"""Who reads what: needs, loads, conflicts and affinities in; a proven best assignment out, or what stands in its way.

``instance`` says the problem, ``reading`` takes it from a file, ``answer`` says the result: none of them needs a
numerical library. ``solving`` does the work and imports one; it is imported where work is done, never by a page.
"""
