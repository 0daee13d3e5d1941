"""One module per actor's work; each function is one sentence of the procedure."""
