"""Acts that take two persons, and who stands in where those of a role are in conflict."""
