"""The whole stack of production on this machine: a run asks for it with ``PTCE_STACK=production`` (`make stack`)."""

import os

CHOSEN = os.environ.get("PTCE_STACK") == "production"
