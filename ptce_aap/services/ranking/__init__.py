"""The announced and the corrected ranking, and the room where they are read."""
