"""Staff accounts and roles in the admin's own look. What they may do is Django's permissions."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from webinars import times

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "seen")
    list_filter = ("is_staff", "is_active", "groups")
    filter_horizontal = ()
    readonly_fields = ("seen",)
    fieldsets = (
        (None, {"fields": ("username", "password", "seen")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )

    @display(description="Last signed in", ordering="last_login")
    def seen(self, user: User) -> str:
        """Since when, because nobody's time zone is known here."""
        if user.last_login is None:
            return "never"
        return times.relative(user.last_login, times.now(), "en")


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass
