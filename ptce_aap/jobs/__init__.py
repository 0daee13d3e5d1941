"""Work done outside requests: an identifier comes in, one service or one effect answers."""
