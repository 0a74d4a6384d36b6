"""A return as the library gets to know it: its labels, what its carriers show, and what the merchant does."""

from collections.abc import Iterator
from datetime import datetime

from retoure.lifecycle import CaseLabel, ClaimFiled, LabelVoided, Observation, RefundIssued, WarehouseReceipt
from retoure.model.labels import LabelSource
from retoure.model.tracking import Place
from retoure.programmes import ClaimRoute
from retoure.replay.sandbox import Script, ScriptedRow
from tests.monitor.simulation.world import DESTINATION, ORIGIN, TOWNS, Parcel, Return


def labels_of(told: Return) -> tuple[CaseLabel, ...]:
    """The labels of a return as a merchant has them."""
    return tuple(
        CaseLabel(
            number=parcel.number,
            carrier=parcel.shop.carrier,
            account=parcel.shop.account,
            label_source=LabelSource(parcel.shop.source),
            issued_at=parcel.issued_at,
            origin=_place(*TOWNS.get(parcel.shop.carrier, ORIGIN)),
            destination=_place(*DESTINATION),
            expires_on=parcel.expires_on,
            superseded=parcel.superseded,
        )
        for parcel in told.parcels
    )


def _place(country: str, postal_code: str, city: str) -> Place:
    return Place(country=country, postal_code=postal_code, city=city)


def scripts_of(told: Return) -> Iterator[tuple[str, Script]]:
    """What the carriers show of a return, number by number."""
    for parcel in told.parcels:
        moved = next((row.visible for row in parcel.rows if row.name == "relabelled"), None)
        yield parcel.shop.carrier, _script(parcel, 0, parcel.number, parcel.known_from)
        if moved is not None:
            yield parcel.shop.carrier, _script(parcel, 1, parcel.successor, moved)


def _script(parcel: Parcel, leg: int, number: str, known_from: datetime) -> Script:
    rows = tuple(
        ScriptedRow(
            row=row.name, at=row.at, visible=row.visible, hidden=row.hidden, where=row.where,
            successor=parcel.successor if row.name == "relabelled" else "",
        )
        for row in parcel.rows
        if row.leg == leg
    )  # fmt: skip
    return Script(number=number, issued_at=parcel.issued_at, rows=rows, known_from=known_from, gone_from=parcel.gone_from)


def merchant_facts(told: Return) -> Iterator[tuple[datetime, Observation]]:
    """What the merchant does, and when. A fact of one label names it, since a return may have two."""
    number, rma = told.parcels[0].number, told.rma
    if told.refund_at:
        yield told.refund_at, RefundIssued(rma=rma, at=told.refund_at)
    if told.receipt_at:
        yield told.receipt_at, WarehouseReceipt(rma=rma, number=number, at=told.receipt_at)
    if told.claim_at:
        route = ClaimRoute.AMAZON if told.shop.account == "dhl_amazon" else ClaimRoute.CARRIER
        yield told.claim_at, ClaimFiled(rma=rma, number=number, at=told.claim_at, route=route)
    if told.voided_at:
        yield told.voided_at, LabelVoided(rma=rma, number=number, at=told.voided_at)
