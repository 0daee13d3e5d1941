"""Who reads what: by hand, and by plans that the worker computes."""
