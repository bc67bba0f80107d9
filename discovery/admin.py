"""The catalogue for staff: to look at; what changes it is a harvest or a load."""

from django.contrib import admin

from common.staff_pages import ReadOnlyPage
from discovery.models import Dataset, Platform, Sample


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
