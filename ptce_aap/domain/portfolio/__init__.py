"""Selection: which dossiers an envelope funds under quotas, with every departure from the jury's order explained.

Source: ``ranking.md`` section 5. ``problem``, ``reading``, ``walk`` and ``outcome`` need nothing but the standard
library, so pages may import them; ``program``, ``solving`` and ``blocking`` hold the solver and load numpy and scipy.
"""
