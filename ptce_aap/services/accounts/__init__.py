"""Accounts: how people come in, prove who they are, and hold roles."""
