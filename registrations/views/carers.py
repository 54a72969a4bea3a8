"""Carers: the patient names and takes off, whoever is asked answers. A GET changes nothing.

What the patient reads never tells whether an address is known to us, or refuses.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from registrations import carers, discretion, signup
from registrations.models import Registration
from registrations.own_forms import AnswerForm, CarerForm, OffForm, TitleForm
from registrations.protection import private_form
from registrations.views import private
from registrations.views.answers import private_page, speak


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_carers(request: HttpRequest, token: str) -> HttpResponse:
    """Have somebody asked whether they want to help."""
    registration = private.resolve(request, token)
    if request.method != "POST":
        return private.back(request, token)
    form = CarerForm(request.POST, own_address=registration.address)
    if not form.is_valid():
        return private.page(request, registration, carer_form=form)
    try:
        carers.ask(registration, **form.cleaned_data)
    except (signup.Closed, carers.Enough):
        return private.back(request, token)  # which says so
    return private.back(request, token, done="carer")


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_carer_off(request: HttpRequest, token: str) -> HttpResponse:
    """Take a carer off; again, or somebody else's, does nothing.

    Nor does it once there is nothing left to help with: they would get an email about nothing.
    """
    registration = private.resolve(request, token)
    form = OffForm(request.POST)
    if request.method != "POST" or not private.can_change(registration) or not form.is_valid():
        return private.back(request, token)
    carers.take_off(registration, carer_id=form.cleaned_data["carer"])
    return private.back(request, token, done="carer off")


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def carer_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The question, and the two buttons that answer it."""
    carer = private.resolve(request, token)
    form = AnswerForm(request.POST)
    if request.method != "POST" or carer.state != Registration.State.ASKED:
        return private.page(request, carer)
    if not form.is_valid():
        return private.page(request, carer, answer_form=form)
    try:
        if form.cleaned_data["answer"] == "no":
            return _declined(request, carer)
        carers.accept(carer, language=speak(request, carer.language))
    except signup.Closed:
        return private.back(request, token, done="too late")
    return private.back(request, token, done="yes")


def _declined(request: HttpRequest, carer: Registration) -> HttpResponse:
    """The last page of this link."""
    carers.decline(carer)
    return render(request, "registrations/carer_declined.html")


@require_http_methods(["GET", "HEAD", "POST"])
@private_form
@private_page
def manage_title(request: HttpRequest, token: str) -> HttpResponse:
    """Show the full title in emails and calendar from now on, or keep it neutral."""
    registration = private.resolve(request, token)
    if request.method != "POST":
        return private.back(request, token)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return private.page(request, registration, title_form=form)
    try:
        discretion.choose(registration, shows_title=form.cleaned_data["title"] == "full")
    except signup.Closed:
        return private.back(request, token)
    return private.back(request, token, done="title")
