"""Messages that leave by e-mail: their words, and their way out."""
