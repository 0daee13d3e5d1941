"""Data that leave: the durations in force, what is over, how it is erased, the rounds and their reports."""
