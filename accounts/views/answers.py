"""What the views of accounts have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

not_stored = method_decorator(cache_control(private=True, no_store=True), name="dispatch")


def valid(kind: type[serializers.Serializer[None]], request: Request) -> dict[str, Any]:
    """Return what a request says, once it is valid.

    :raises rest_framework.exceptions.ValidationError: if it is not
    """
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    given: dict[str, Any] = body.validated_data
    return given


@contextmanager
def refused_for(field: str) -> Iterator[None]:
    """Say of which field a rule of Django's speaks that turns the request down."""
    try:
        yield
    except DjangoValidationError as error:
        raise serializers.ValidationError({field: error.messages}) from error


def no_content() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


def accepted() -> Response:
    return Response(status=status.HTTP_202_ACCEPTED)
