"""Bundles: what of a call anybody can check and compute again offline, written from the database, read and verified."""
