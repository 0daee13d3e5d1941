"""The work of a region as a whole: its synthesis, its resources, its exports."""
