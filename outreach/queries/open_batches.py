from procrastinate.contrib.django.models import ProcrastinateJob

from outreach.models import Recipient

TASK = "claim_batch"


def open_batches(broadcast_id: int) -> list[int]:
    """Batches with queued recipients that no job is waiting for or at work on."""
    batches = (
        Recipient.objects.filter(broadcast_id=broadcast_id, state=Recipient.State.QUEUED)
        .order_by("batch").values_list("batch", flat=True).distinct()
    )  # fmt: skip
    at_work = set(
        ProcrastinateJob.objects.filter(
            task_name=TASK, status__in=["todo", "doing"], args__broadcast=broadcast_id
        ).values_list("args__batch", flat=True)
    )
    return [batch for batch in batches if batch is not None and batch not in at_work]
