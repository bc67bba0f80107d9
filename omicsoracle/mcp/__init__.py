"""The platform as tools for AI agents, over the Model Context Protocol: docs/mcp.md.

A tool is a call of the HTTP API, made in this process with the credential that the agent's program
sent along. Limits, history, validation, tiers and refusals are the API's own.
"""
