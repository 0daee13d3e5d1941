"""The journal: written, signed, shown, verified."""
