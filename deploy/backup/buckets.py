"""S3-compatible storage."""

import contextlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from deploy.backup.errors import BackupError, Exists, Missing

PART_BYTES = 32 * 1024 * 1024  # at most 10,000 of them: 320 GB
ALREADY_THERE = {"PreconditionFailed", "ConditionalRequestConflict"}
NOT_THERE = {"404", "NoSuchKey", "NoSuchBucket"}


class Bucket:
    """A bucket of S3-compatible storage. The keys are where boto3 looks for them: AWS_… variables."""

    def __init__(self, bucket: str, *, prefix: str, endpoint: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        # Not every storage knows the newer checksums; what counts is checked by age and by digests.
        config = Config(
            connect_timeout=5,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 4},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        self._client: Any = boto3.client("s3", endpoint_url=endpoint or None, config=config)

    @classmethod
    def at(cls, address: str, *, endpoint: str) -> Self:
        """Return the bucket at an address like `s3://bucket/prefix`."""
        bucket, _, prefix = address.partition("://")[2].partition("/")
        return cls(bucket, prefix=prefix, endpoint=endpoint)

    def make(self) -> None:
        """Make the bucket."""
        with _speaking():
            self._client.create_bucket(Bucket=self._bucket)

    def put(self, name: str, source: BinaryIO) -> None:
        key = {"Bucket": self._bucket, "Key": self._prefix + name}
        first = source.read(PART_BYTES)
        with _speaking():
            if len(first) < PART_BYTES:
                self._client.put_object(**key, Body=first, IfNoneMatch="*")
            else:
                self._put_in_parts(key, first, source)

    def _put_in_parts(self, key: dict[str, str], part: bytes, source: BinaryIO) -> None:
        """Store what is large; what was not finished does not count, and takes no room."""
        upload = key | {"UploadId": self._client.create_multipart_upload(**key)["UploadId"]}
        parts: list[dict[str, Any]] = []
        try:
            while part:
                number = len(parts) + 1
                said = self._client.upload_part(**upload, PartNumber=number, Body=part)
                parts.append({"PartNumber": number, "ETag": said["ETag"]})
                part = source.read(PART_BYTES)
            self._client.complete_multipart_upload(
                **upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except BaseException:
            self._client.abort_multipart_upload(**upload)
            raise

    def get(self, name: str, target: BinaryIO) -> None:
        with _speaking():
            self._client.download_fileobj(self._bucket, self._prefix + name, target)

    def names(self, beginning: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2")
        with _speaking():
            found = [
                one["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + beginning)
                for one in page.get("Contents", [])
            ]
        return sorted(found)

    def delete(self, name: str) -> None:
        with _speaking():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)


@contextlib.contextmanager
def _speaking() -> Iterator[None]:
    """Say in our words what the storage answers."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in ALREADY_THERE:
            raise Exists("It is there already, and is not written over.") from error
        if code in NOT_THERE:
            raise Missing(f"It is not in the storage ({error}).") from error
        raise BackupError(f"The storage refuses: {error}") from error
    except BotoCoreError as error:
        raise BackupError(f"The storage does not answer: {error}") from error
