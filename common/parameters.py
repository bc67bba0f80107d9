"""Query parameters."""

from typing import Any

from rest_framework.request import Request

from common.serializers import StrictSerializer


def given(kind: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Return the query parameters of a kind; others (a page's, say) are not ours.

    :raises ValidationError: if one is not valid
    """
    params, found = request.query_params, kind(data={})
    found.initial_data = {name: params[name] for name, _ in found.fields.items() if name in params}
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)
