from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count
from django.utils import timezone

from batch.models import BatchItem, BatchJob
from batch.services import jobs, staff
from batch.states import JobState
from common.errors import OracleError

SHOWN = 50


class Command(BaseCommand):
    help = "Look at batch jobs, cancel them, or run their failed queries again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help=f"the newest {SHOWN} jobs")
        listing.add_argument("--status", choices=[one.value for one in JobState])
        listing.add_argument("--user", metavar="EMAIL", help="of this user only")
        for act, says in (
            ("show", "how a job does, and what its queries failed of"),
            ("cancel", "end a job: what is done stays"),
            ("retry", "run the failed queries of a job again, at no cost to its owner"),
        ):
            acts.add_parser(act, help=says).add_argument("job", type=UUID)

    def handle(self, *, act: str, **options: Any) -> None:
        try:
            getattr(self, f"_{act}")(**options)
        except OracleError as error:
            raise CommandError(error.detail) from error

    def _list(self, *, status: str | None, user: str | None, **_: Any) -> None:
        found = BatchJob.objects.light().select_related("user").order_by("-pk")
        found = found.filter(status=status) if status else found
        found = found.filter(user__email=user) if user else found
        for job in found[:SHOWN]:
            self._tell(job)

    def _show(self, *, job: UUID, **_: Any) -> None:
        self._tell(jobs.find(among=BatchJob.objects.all(), job_id=job))
        states = BatchItem.objects.filter(job=job).values("status", "error_code")
        for row in states.annotate(count=Count("pk")).order_by("status", "error_code"):
            self.stdout.write(f"  {row['count']} {row['status']} {row['error_code']}".rstrip())

    def _cancel(self, *, job: UUID, **_: Any) -> None:
        self._done(staff.cancel(job_ids=[job], actor=None, at=timezone.now()), job)

    def _retry(self, *, job: UUID, **_: Any) -> None:
        self._done(staff.retry(job_ids=[job], actor=None, at=timezone.now()), job)

    def _done(self, count: int, job: UUID) -> None:
        if not count:
            raise CommandError("There is nothing to do: see `jobs show`.")
        self._show(job=job)

    def _tell(self, job: BatchJob) -> None:
        self.stdout.write(f"{job.pk} {job.user.email} {job} since {job.created_at:%Y-%m-%d %H:%M}")
