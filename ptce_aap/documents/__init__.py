"""What leaves the system: plain values in, bytes out, the same bytes for the same values."""
