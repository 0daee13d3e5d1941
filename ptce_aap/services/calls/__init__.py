"""Calls: opened from their files, their dates, their dashboard."""
