"""What is told of an agent."""

from typing import Any

from rest_framework import serializers


class AgentSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()
    input_schema = serializers.DictField(help_text="JSON Schema of the body.")
