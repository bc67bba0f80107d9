"""Calls that many tests make."""

from typing import Any

from rest_framework.test import APIClient


def bearer(access: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access}"}


def post(client: APIClient, path: str, body: object, **headers: str) -> Any:
    return client.post(f"/api/v2/auth/{path}", body, format="json", headers=headers)


def is_signed_in(client: APIClient, access: str) -> bool:
    return client.get("/api/v2/auth/me", headers=bearer(access)).status_code == 200
