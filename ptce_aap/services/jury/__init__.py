"""The jury at work: conflicts, desk, sheets, discussion, what the marks say of readers."""
