"""Many questions at once: sent, watched, and what came of them."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from rest_framework.exceptions import ParseError

from batch.parsers import questions_of_lines, questions_of_table
from batch.states import JobState
from omicsoracle.pages.asking import Refused, ask
from omicsoracle.pages.confirming import ask_first
from omicsoracle.pages.forms import SentOnce, choice, text
from omicsoracle.pages.middleware import context_of, passed_on
from omicsoracle.pages.paging import beside

WORKFLOWS = (
    ("simple_search", "Find series"),
    ("data_validation", "Find series and judge their quality"),
    ("quick_report", "Find series and write a short report"),
    ("full_analysis", "Find series, judge them, and write a report"),
)
REPORTS = (
    ("comprehensive", "Comprehensive"),
    ("brief", "Brief"),
    ("technical", "Technical"),
    ("executive", "Executive"),
)
FILTERS = (
    *("organism", "study_type", "min_samples", "max_samples"),
    *("released_after", "released_before", "has_publication", "has_raw_data"),
)
LINE = re.compile(r"queries\.(\d+)")
SHOWN = 20
SENT_BEFORE = (
    "You sent this form before, with other questions: that job is in the list."
    " Send it again to have these as another job."
)


class BatchForm(SentOnce):
    """Questions, and what is to be done with each."""

    questions = forms.CharField(
        label="Questions, one a line",
        error_messages={"required": "Write a question a line, or choose a file."},
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "x-on:input": "count"}),
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        help_text="Text with a question a line, or CSV with a column “query”"
        " (without one, its first column). Up to 1 MiB, UTF-8.",
        widget=forms.FileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )
    name = text("Name of the job", maxlength=200, placeholder="Screen of 27 November")
    workflow_type = choice("What to do with each question", WORKFLOWS)
    max_results = text("Series a question, at most", type="number", min=1, max=100, placeholder=20)
    report_type = choice("Kind of report", REPORTS)
    organism = text("Organism", placeholder="human, mouse, …", maxlength=100)
    study_type = text("Study type", placeholder="RNA-seq, microarray, …", maxlength=100)
    min_samples = text("Samples, at least", type="number", min=0)
    max_samples = text("Samples, at most", type="number", min=0)
    released_after = text("Released from", type="date")
    released_before = text("Released until", type="date")
    has_publication = forms.BooleanField(label="Has a publication", required=False)
    has_raw_data = forms.BooleanField(label="Has raw data", required=False)
    webhook_url = text(
        "Tell this address when the job has ended",
        type="url",
        help_text="For programs: we send it a signed message.",
    )

    def body(self) -> dict[str, Any]:
        filters = self.given(*FILTERS)
        parameters = self.given("max_results", "report_type") | (
            {"filters": filters} if filters else {}
        )
        return {
            "queries": self.cleaned_data["questions"].splitlines(),
            "parameters": parameters,
            "metadata": self.given("name"),
            **self.given("workflow_type", "webhook_url"),
        }

    def place_of(self, path: str) -> tuple[str | None, str]:
        """Say of which line each complaint about a question is."""
        line = LINE.fullmatch(path)
        if line:
            return "questions", f"Line {int(line[1]) + 1}: "
        return ("questions", "") if path == "queries" else super().place_of(path)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    """Send a job, and see those that were sent."""
    if request.method != "POST":
        return _jobs_page(request, BatchForm())
    form = _filled(request)
    if not form.is_valid():
        return _jobs_page(request, form, status=HTTPStatus.BAD_REQUEST)
    try:
        return _send(request, form)
    except Refused as refused:
        if refused.code == "idempotency_mismatch":
            form.add_error(None, SENT_BEFORE)
            form.renew()
        else:
            form.explain(refused)
        return _jobs_page(request, form, refused)


def _filled(request: HttpRequest) -> BatchForm:
    """Return the form as it was sent, the file's questions among those that were typed: all can be mended."""
    data = request.POST.copy()
    lines, said = questions_of_lines(data.get("questions", "")), ""
    if file := request.FILES.get("file"):
        try:
            lines += _questions_of(file)
        except UnicodeDecodeError:
            said = "This is not text in UTF-8. Save it as CSV (UTF-8), then choose it again."
        except ParseError as error:
            said = str(error.detail)
    data["questions"] = "\n".join(" ".join(line.split()) for line in lines)
    form = BatchForm(data)
    if said:
        form.full_clean()
        form.add_error("file", said)
    return form


def _questions_of(file: Any) -> list[str]:
    content: str = file.read().decode("utf-8-sig")
    is_table = file.name.lower().endswith(".csv") or file.content_type == "text/csv"
    return questions_of_table(content) if is_table else questions_of_lines(content)


def _send(request: HttpRequest, form: BatchForm) -> HttpResponse:
    once = form.cleaned_data["once"]
    headers = {"HTTP_IDEMPOTENCY_KEY": f"page-{once}"} if once else {}
    sent = ask(request, "POST", "batch/jobs", form.body(), headers=headers)
    if "Idempotent-Replayed" in sent.headers:
        messages.info(request, "You had sent this already. Here is the job.")
    return redirect("batch-page", sent.data["id"])


def _jobs_page(
    request: HttpRequest, form: BatchForm, refused: Refused | None = None, *, status: int = 200
) -> HttpResponse:
    """Show the form and the list. Who has used all of an hour sees the form all the same, and until when."""
    context = {
        "form": form,
        "quota": ask(request, "GET", "users/quota").data,
        "states": list(JobState),
        "status": request.GET.get("status", ""),
    }
    try:
        query = {name: request.GET.get(name) for name in ("status", "cursor")}
        listed = ask(request, "GET", "batch/jobs", query=query).data
        context |= {"jobs": listed["results"], "beside": beside(request, listed)}
    except Refused as unlisted:
        if unlisted.code != "rate_limited":
            raise
        refused = refused or unlisted
    if refused is None:
        return render(request, "pages/batch/jobs.html", context, status=status)
    context |= context_of(refused)
    page = render(request, "pages/batch/jobs.html", context, status=refused.status)
    return passed_on(refused, page)


@never_cache
@login_required
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show how far a job is, and what came of it so far.

    Looking counts, telling over a socket does not: who has nothing left sees the job go on all the same.
    """
    try:
        told = ask(request, "GET", f"batch/jobs/{job_id}").data
        context = {"job": told, **_results(request, job_id)}
        return render(request, "pages/batch/job.html", context)
    except Refused as refused:
        if refused.code != "rate_limited":
            raise
        context = {"job": {"id": job_id}, **context_of(refused)}
        page = render(request, "pages/batch/job.html", context, status=refused.status)
        return passed_on(refused, page)


@never_cache
@login_required
@require_safe
def progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show only how far it is, to whoever cannot be told over a socket."""
    told = ask(request, "GET", f"batch/jobs/{job_id}/status").data
    return render(request, "pages/batch/progress.html", {"job": told})


@never_cache
@login_required
@require_safe
def result(request: HttpRequest, job_id: UUID, index: int) -> HttpResponse:
    """Show what came of one question."""
    told = ask(request, "GET", f"batch/jobs/{job_id}/results/{index}").data
    return render(request, "pages/batch/result.html", {"job_id": job_id, "one": told})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    if request.method == "POST":
        ask(request, "DELETE", f"batch/jobs/{job_id}")
        messages.success(request, "The job is cancelled.")
        return redirect("batch-page", job_id)
    return ask_first(
        request,
        title="Cancel this job?",
        says="What is answered stays. Questions that were not begun are not charged; they cannot be"
        " taken up again.",
        button="Yes, cancel it",
        stay="Let it run",
        back=reverse("batch-page", args=[job_id]),
    )


@never_cache
@login_required
@require_POST
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Run what failed once more."""
    ask(request, "POST", f"batch/jobs/{job_id}/retry")
    messages.success(request, "The failed questions run again.")
    return redirect("batch-page", job_id)


@never_cache
@login_required
@require_safe
def deliveries(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show the messages to the job's webhook."""
    query = {"cursor": request.GET.get("cursor")}
    listed = ask(request, "GET", f"batch/jobs/{job_id}/deliveries", query=query).data
    context = {"job_id": job_id, "deliveries": listed["results"], "beside": beside(request, listed)}
    return render(request, "pages/batch/deliveries.html", context)


def _results(request: HttpRequest, job_id: UUID) -> Mapping[str, Any]:
    query = {"cursor": request.GET.get("cursor"), "page_size": SHOWN}
    listed = ask(request, "GET", f"batch/jobs/{job_id}/results", query=query).data
    rows: Sequence[Mapping[str, Any]] = listed["results"]
    return {"rows": rows, "beside": beside(request, listed)}
