"""How the installation is: what is read of it, and what is said of each part to whoever looks after it."""
