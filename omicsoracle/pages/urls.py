"""Routes of the web app. Those that lead to an account are the accounts' own."""

from django.urls import path

from omicsoracle.pages import home, search

urlpatterns = [
    path("", home.home, name="home"),
    path("search", search.results, name="search"),
]
