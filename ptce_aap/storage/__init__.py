"""Where attachments and produced files are kept, named by the digest of their content."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from ptce_aap.storage.folder import FolderStorage
from ptce_aap.storage.objects import open_objects
from ptce_aap.storage.store import Kept, Storage, Stored

__all__ = ["Kept", "Storage", "Stored", "open_storage"]


def open_storage(url: str) -> Storage:
    """Return the storage named by ``file:///folder``, ``s3://bucket/prefix`` or ``memory:///``."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return FolderStorage(Path(unquote(parts.path)))
        case "s3" | "memory":
            return open_objects(url)
    raise ValueError(f"PTCE_STORAGE_URL : « {parts.scheme} » est inconnu ; choisir file://, s3:// ou memory://.")
