"""A call that can be checked offline: what its bundle holds, and how ranking and list are computed from it again."""
