"""Accounts in the staff's site. What others' apps would show there of people is taken out."""

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin import api_keys, audit_log, outbox, sessions, users

admin.site.unregister([Group, EmailAddress, SocialAccount, SocialApp, SocialToken])

__all__ = ["api_keys", "audit_log", "outbox", "sessions", "users"]
