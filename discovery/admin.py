"""The catalogue for staff: to look at; what changes it is a harvest or a load."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from discovery.models import Dataset, Platform, Sample


class ReadOnly(ModelAdmin):  # type: ignore[misc]
    """Rows that come from GEO are not edited by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Dataset)
class DatasetAdmin(ReadOnly):
    list_display = ["accession", "title", "sample_count", "release_date", "updated_at"]
    search_fields = ["accession", "title"]
    ordering = ["-created_at"]
    list_per_page = 50


@admin.register(Sample)
class SampleAdmin(ReadOnly):
    list_display = ["accession", "title", "platform"]
    search_fields = ["=accession"]
    exclude = ["datasets"]


@admin.register(Platform)
class PlatformAdmin(ReadOnly):
    list_display = ["accession", "title"]
    search_fields = ["=accession"]
