"""Definition files read into domain values: file, key and reason are told for whatever is wrong in them."""
