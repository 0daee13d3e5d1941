"""Definition files read into domain values: file, key and reason are told for whatever is wrong in them."""

from ptce_aap.definitions.loading import call_names, check_call, load_call, load_proven_call, parse_sources
from ptce_aap.definitions.reader import BadDefinition, Problem

__all__ = ["BadDefinition", "Problem", "call_names", "check_call", "load_call", "load_proven_call", "parse_sources"]
