"""Where attachments and produced files are kept, named by the digest of their content."""

from ptce_aap.storage.store import Storage, Stored, open_storage

__all__ = ["Storage", "Stored", "open_storage"]
