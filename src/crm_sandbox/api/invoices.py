"""Operations on invoices (reference 7.1): altId and altType in the query of GET and DELETE, in the body else."""

from __future__ import annotations

from crm_sandbox.api.operations import Answer, Call, Operation
from crm_sandbox.location import invoice_settings, invoice_views, invoices
from crm_sandbox.location.invoice_bodies import ALT
from crm_sandbox.location.records import Invoice
from crm_sandbox.location.shapes import Number, Object, Text, may, must

_ONE = Object(ALT)
_LIST = Object(
    {
        **ALT,
        "limit": must(Number(least=1, most=100, whole=True, textual=True)),
        "offset": must(Number(least=0, whole=True, textual=True)),
        **{name: may(Text()) for name in ("status", "startAt", "endAt", "search", "contactId")},
        "paymentMode": may(Text(choices=("default", "live", "test"))),
        "sortField": may(Text(choices=("issueDate",))),
        "sortOrder": may(Text(choices=("ascend", "descend"))),
    }
)


def operations() -> list[Operation]:
    """The rows of the table."""
    one = "/invoices/{invoiceId}"
    return [
        Operation("GET", "/invoices/generate-invoice-number", "invoices.readonly", _next_number),
        Operation("GET", "/invoices/settings", "invoices.readonly", _settings),
        Operation("POST", "/invoices/text2pay", "invoices.write", _text2pay),
        Operation("GET", "/invoices/", "invoices.readonly", _list),
        Operation("POST", "/invoices/", "invoices.write", _create),
        Operation("GET", one, "invoices.readonly", _get),
        Operation("PUT", one, "invoices.write", _replace),
        Operation("DELETE", one, "invoices.write", _delete),
        Operation("POST", f"{one}/send", "invoices.write", _send),
        Operation("POST", f"{one}/void", "invoices.write", _void),
        Operation("POST", f"{one}/record-payment", "invoices.write", _record_payment),
        Operation("PATCH", f"{one}/late-fees-configuration", "invoices.write", _late_fees),
    ]


def _next_number(call: Call) -> Answer:
    call.query(_ONE)
    return Answer({"invoiceNumber": call.location.invoices.next_number()})


def _settings(call: Call) -> Answer:
    call.query(_ONE)
    return Answer(invoice_settings.view(call.location.desk))


def _text2pay(call: Call) -> Answer:
    invoice = call.location.invoices.text2pay(call.body())
    url = f"{call.service.base_url()}/pay/invoice/{invoice.id}"
    return Answer({"invoice": _view(call, invoice), "invoiceUrl": url})


def _list(call: Call) -> Answer:
    query = call.query(_LIST)
    location = call.location
    found = [each for each in location.state.invoices.values() if invoices.matches(each, query)]
    newest_first = query.get("sortOrder", "descend") == "descend"
    found.sort(key=lambda each: (each.issue_date, each.created_at, each.id), reverse=newest_first)
    start, limit = int(query["offset"]), int(query["limit"])
    return Answer(
        {"invoices": [_view(call, each) for each in found[start : start + limit]], "total": len(found)}
    )


def _create(call: Call) -> Answer:
    return Answer(_view(call, call.location.invoices.create(call.body())), 201)


def _get(call: Call) -> Answer:
    call.query(_ONE)
    return Answer(_view(call, call.location.invoices.get(call.path["invoiceId"])))


def _replace(call: Call) -> Answer:
    return Answer(_view(call, call.location.invoices.replace(call.path["invoiceId"], call.body())))


def _delete(call: Call) -> Answer:
    call.query(_ONE)
    return Answer(_view(call, call.location.invoices.delete(call.path["invoiceId"])))


def _send(call: Call) -> Answer:
    invoice = call.location.invoices.send(call.path["invoiceId"], call.body())
    return Answer({"invoice": _view(call, invoice), "smsData": {}, "emailData": {}})


def _void(call: Call) -> Answer:
    return Answer(_view(call, call.location.invoices.void(call.path["invoiceId"], call.body())))


def _record_payment(call: Call) -> Answer:
    invoice = call.location.invoice_payments.record(call.path["invoiceId"], call.body())
    return Answer({"success": True, "invoice": _view(call, invoice)})


def _late_fees(call: Call) -> Answer:
    return Answer(
        _view(call, call.location.invoices.configure_late_fees(call.path["invoiceId"], call.body()))
    )


def _view(call: Call, invoice: Invoice) -> dict[str, object]:
    return invoice_views.read(invoice, call.location.desk)
