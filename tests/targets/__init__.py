"""The targets of security, reliability, accessibility and thrift: what holds each, and how its tests ended."""
