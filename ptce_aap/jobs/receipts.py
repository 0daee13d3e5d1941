"""Makes the receipt of a deposit and keeps it where its page finds it."""

from __future__ import annotations

import io

from ptce_aap.documents.receipt import render_receipt
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Record, Task, handles
from ptce_aap.services.deposits import receipts
from ptce_aap.services.deposits.deposit_letters import RECEIPT


@handles(RECEIPT)
def make_receipt(context: JobContext, task: Task) -> Record:
    """Make the document of the deposit named by ``{"filing": identifier}``."""
    identifier = int(task.payload["filing"])
    with context.database.reading() as session:
        receipt = receipts.receipt_of(session, identifier, base_url=context.settings.base_url)
    stored = context.storage.put(io.BytesIO(render_receipt(receipt)))
    return lambda session: receipts.keep(session, identifier, stored.digest)
