"""What small faults put into the modules that decide would be found by their tests: ``make mutants``."""
