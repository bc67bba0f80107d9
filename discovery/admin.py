"""The catalogue and workflows for staff: to look at; what changes them is done elsewhere."""

from django.contrib import admin

from common.staff_pages import ReadOnlyPage
from discovery.models import Dataset, Harvest, Platform, Sample, Workflow


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyPage):
    list_display = ["accession", "title", "sample_count", "release_date", "updated_at"]
    search_fields = ["accession", "title"]
    ordering = ["-created_at"]
    list_per_page = 50


@admin.register(Sample)
class SampleAdmin(ReadOnlyPage):
    list_display = ["accession", "title", "platform"]
    search_fields = ["=accession"]
    exclude = ["datasets"]


@admin.register(Platform)
class PlatformAdmin(ReadOnlyPage):
    list_display = ["accession", "title"]
    search_fields = ["=accession"]


@admin.register(Workflow)
class WorkflowAdmin(ReadOnlyPage):
    """How workflows do. What was asked and answered is its owner's alone."""

    list_display = ["id", "user", "status", "progress", "created_at", "completed_at"]
    list_select_related = ["user"]
    list_filter = ["status", "created_at"]
    search_fields = ["=id", "user__email"]
    ordering = ["-id"]
    fields = ["id", "user", "status", "progress", "stage_results", "error", "request_id"]
    fields += ["created_at", "started_at", "completed_at"]


@admin.register(Harvest)
class HarvestAdmin(ReadOnlyPage):
    list_display = ["query", "kind", "position", "found", "last_error", "started_at", "finished_at"]
    list_filter = ["kind"]
    search_fields = ["query"]
    ordering = ["-started_at"]
    list_per_page = 50
