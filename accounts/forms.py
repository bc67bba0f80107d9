"""The forms of the pages that lead to an account. What they ask for is checked by the services."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

from accounts import password_rules
from common.errors import OracleError

LONGEST_EMAIL = 254
HINT = (
    f"At least {password_rules.SHORTEST} characters. Four or five words make a good one; your name, your"
    " address and common passwords do not."
)


def email_field(label: str = "E-mail address") -> forms.EmailField:
    widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    return forms.EmailField(label=label, max_length=LONGEST_EMAIL, widget=widget)


def password_field(label: str, autocomplete: str, *, hint: str = HINT) -> forms.CharField:
    """Return a field for a password, as it is typed.

    :param autocomplete: "current-password" or "new-password", for password managers
    """
    is_new = autocomplete == "new-password"
    return forms.CharField(
        label=label,
        help_text=hint if is_new else "",
        strip=False,
        max_length=password_rules.LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class SignInForm(forms.Form):
    # No EmailField: what is no address is a wrong one, and is told nothing else.
    email = forms.CharField(
        label="E-mail address",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = password_field("Password", "current-password")


class RegisterForm(forms.Form):
    email = email_field()
    full_name = forms.CharField(
        label="Name",
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = password_field("Password", "new-password")


class AddressForm(forms.Form):
    email = email_field()


class LinkForm(forms.Form):
    """A button that acts on the key in the page's own address."""

    key = forms.CharField(max_length=1000, widget=forms.HiddenInput)


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    new_password = password_field("New password", "new-password")
    repeated = password_field("The same again", "new-password", hint="")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("new_password") != given.get("repeated"):
            raise ValidationError({"repeated": "The two passwords are not the same."})
        return given


class ResetForm(NewPasswordForm):
    uid = forms.CharField(max_length=100, widget=forms.HiddenInput)
    token = forms.CharField(max_length=200, widget=forms.HiddenInput)


class PasswordChangeForm(NewPasswordForm):
    current_password = password_field("Current password", "current-password")
    field_order = ["current_password", "new_password", "repeated"]


class StaffSignInForm(UnfoldAuthenticationForm):  # type: ignore[misc]
    """The admin site's; `refusal` is what the service had against it besides a wrong password."""

    refusal: OracleError | None = None
    # Django's own takes any length, all of which would be hashed.
    password = password_field("Password", "current-password")

    def clean(self) -> dict[str, Any]:
        try:
            given: dict[str, Any] = super().clean()
        except OracleError as error:
            self.refusal = error
            raise ValidationError(error.detail, code=error.code) from error
        return given
