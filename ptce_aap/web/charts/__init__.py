"""Geometry of the charts that need more than scaling: values in, places in percent or pixels out; macros draw them."""
