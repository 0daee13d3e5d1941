"""Rules and words of a call for projects: pure Python, no time, no rows, no requests."""
