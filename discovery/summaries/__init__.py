"""Summaries of a record that can be traced to its sentences: plain Python, no network."""

from discovery.summaries.extracting import MOST_POINTS, candidates, ranked
from discovery.summaries.prompting import NoAnswer, Point, messages, points_of
from discovery.summaries.sentences import Sentence, sentences_of

__all__ = [
    "MOST_POINTS",
    "NoAnswer",
    "Point",
    "Sentence",
    "candidates",
    "messages",
    "points_of",
    "ranked",
    "sentences_of",
]
