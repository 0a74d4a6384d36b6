"""Between the departure of an order and the knowledge of its outcome: nothing frees the key, and what was bought is kept."""

import asyncio
import gc
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from retoure import (
    AsyncClient,
    CarrierUnavailable,
    Client,
    ConfigurationError,
    Formats,
    LabelFormat,
    OutcomeUnknown,
    Purchases,
    RateLimited,
)
from retoure.carrier import Effect, HttpRequest, HttpResponse, Quota
from retoure.client._run import Job, in_thread, run
from retoure.client.redaction import Redactor
from retoure.purchases.entries import Overtaken, Seller, Step
from tests.purchases.conftest import MUNICH, TOY, toy_client
from tests.purchases.test_bad_books import from_now_on
from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

PDF = Formats(need={LabelFormat.PDF})  # takes UPS a second request


def ups(box, books, **more):
    return Client({"ups": box.account("ups", **more.pop("settings", {}))}, purchases=books,
                  return_addresses=box.return_addresses(ups="ups"), **more)  # fmt: skip


def good(_request=None):
    return httpx.Response(200, json={"number": "N1", "result": "VOIDED"})


def test_a_client_that_is_closed_while_it_buys_comes_to_the_end_of_it(box, books):
    client = ups(box, books, raw_sink=lambda *_: client.close())
    label = client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    assert label.document(LabelFormat.PDF)
    assert client.label_for("K/1") == label
    with pytest.raises(ConfigurationError, match="closed"):
        client.buy(MUNICH, key="K/2", account="ups")


async def test_an_asynchronous_client_that_is_closed_while_it_buys_comes_to_the_end_of_it(box, books):
    closing = []

    def close(*_):
        closing.append(asyncio.ensure_future(client.aclose()))

    client = AsyncClient({"ups": box.account("ups")}, purchases=books, return_addresses=box.return_addresses(ups="ups"),
                         raw_sink=close)  # fmt: skip
    label = await client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    await asyncio.gather(*closing)
    assert label.document(LabelFormat.PDF)
    assert books.get("K/1") == label
    assert all(lane.is_closed for lane in client._driver._wire._lanes)


def test_whoever_waits_for_a_document_of_what_it_bought_holds_the_key(box, books, time):
    steps = []

    def slowly(request):
        done = box.ask(request.method, str(request.url), dict(request.headers), request.content)
        if box.bookings():
            time.passes(seconds=30)
            steps.append(books.enter(client._operations.order(MUNICH, **wish), Seller("ups"), "another", 30).step)
        return httpx.Response(done.status, headers=dict(done.headers), content=done.content)

    wish = {"key": "K/1", "account": "ups", "service": None, "formats": PDF}
    with ups(box, books, transport=httpx.MockTransport(slowly)) as client:
        client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    assert steps == [Step.WAIT] * 2


def test_a_credential_that_fails_after_the_purchase_loses_a_document_and_no_label(box, books):
    def secret():
        if box.bookings():
            raise ConnectionError("the vault is down")
        return "secret"

    def clock():  # so that the token expires between the two requests
        return datetime.now(UTC) + timedelta(days=bool(box.bookings()))

    with ups(box, books, settings={"client_secret": secret}, clock=clock) as client:
        label = client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    assert "pdf did not come" in label.notices[0].lower()
    assert books.get("K/1") == label
    assert [booking.number for booking in box.bookings()] == [label.tracking_number]


def test_whatever_the_surroundings_raise_after_the_purchase_loses_no_label(box, books):
    def observer(_exchange):
        if box.bookings():
            raise ValueError("canary")

    with ups(box, books, observer=observer) as client:
        label = client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    assert "(ValueError)" in str(label.notices)
    assert "canary" not in str(label.notices)
    assert books.get("K/1") == label


@pytest.mark.parametrize("failure", [CarrierUnavailable("nothing happened"), ConfigurationError("closed"), RuntimeError("x")])
def test_an_adapter_that_lets_the_failure_of_a_second_request_through_has_not_been_refused(failure):
    def call():
        yield HttpRequest(method="POST", url="https://toy.example/", effect=Effect.ONCE)
        yield HttpRequest(method="GET", url="https://toy.example/", effect=Effect.READ)

    def exchange(request):
        if request.effect is Effect.READ:
            raise failure
        return HttpResponse(200, {}, b"", datetime(2026, 3, 1, tzinfo=UTC))

    job = Job(account="a", carrier="c", operation="labels.create", call=call(), redactor=Redactor(()), key="k")
    with pytest.raises(OutcomeUnknown, match="the purchase was answered") as raised:
        run(job, exchange)
    assert (raised.value.key, raised.value.attempted_at) == ("k", datetime(2026, 3, 1, tzinfo=UTC))


def test_whoever_departs_first_has_the_key_however_long_it_waited_for_its_turn(books, time):
    """Waits before a departure outlast any lease: callers who overtook one another for ever would never buy."""
    waited = []

    def wait(seconds):
        waited.append(seconds)
        assert len(waited) < 5, "overtaken again and again"
        clock.sleep(seconds)
        time.passes(minutes=2)
        books.enter(order, TOY, f"another {len(waited)}", 30)

    clock = Clock()
    quotas = (Quota(name="slow", calls=1, per=timedelta(seconds=50)),)
    chosen = {**options(clock, quotas=quotas), "purchases": books, "sleep": wait}
    settings = {"toy": ToySettings(environment="sandbox")}
    with Client(settings, transport=httpx.MockTransport(good), **chosen) as client:
        client.buy(REQUEST, key="first", account="toy")
        order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
        assert client.buy(REQUEST, key="k", account="toy").tracking_number == "N1"
    assert waited


def test_an_order_that_was_turned_away_is_not_out_while_it_waits_to_be_sent_again(books, time):
    answers = [httpx.Response(429, headers={"retry-after": "50"}), good()]
    seconds = []

    def wait(seconds_):
        time.passes(seconds=seconds_)  # longer than the lease
        with toy_client(books, lambda _: answers.pop(0)) as another:
            seconds.append(another.buy(REQUEST, key="k", account="toy"))

    with toy_client(books, lambda _: answers.pop(0), sleep=wait) as client:
        label = client.buy(REQUEST, key="k", account="toy")
    assert seconds == [label]
    assert answers == []


def test_a_crash_while_an_order_waits_to_be_sent_again_leaves_nothing_unknown(books):
    def killed(_seconds):
        raise KeyboardInterrupt

    with toy_client(books, lambda _: httpx.Response(429), sleep=killed) as client, pytest.raises(KeyboardInterrupt):
        client.buy(REQUEST, key="k", account="toy")
    assert books.record("k").state == "not sent"


def test_an_expired_token_is_no_departure(books):
    answers = {"/token": [httpx.Response(200, json={"access_token": "t", "expires_in": 600}), httpx.Response(500)]}

    def reply(request):
        return answers["/token"].pop(0) if request.url.path == "/token" else httpx.Response(401)

    settings = {"toy": ToySettings(environment="sandbox", auth="grant")}
    chosen = {**options(Clock()), "purchases": books, "sleep": lambda _: (_ for _ in ()).throw(KeyboardInterrupt)}
    with Client(settings, transport=httpx.MockTransport(reply), **chosen) as client, pytest.raises(KeyboardInterrupt):
        client.buy(REQUEST, key="k", account="toy")
    assert books.record("k").state == "not sent"


def test_a_departure_that_takes_longer_to_write_than_the_deadline_sends_nothing(books):
    client = toy_client(books, lambda _: pytest.fail("sent"), deadline_s=1e-6, sleep=lambda _: None)
    with client, pytest.raises(CarrierUnavailable, match="longer than the deadline"):
        client.buy(REQUEST, key="k", account="toy")
    assert books.records() == ()


def test_a_refusal_leaves_the_key_free_even_after_it_was_turned_away(books):
    with toy_client(books, lambda _: httpx.Response(429), sleep=lambda _: None) as client, pytest.raises(RateLimited):
        client.buy(REQUEST, key="k", account="toy")
    assert books.records() == ()


class Slow(Purchases):
    """Books on which writing a departure down takes as long as somebody likes."""

    def departing(self, *given):
        super().departing(*given)
        self.written()
        self.may_go_on.result()


async def test_a_task_that_is_cancelled_while_its_departure_is_written_sends_nothing_and_leaves_nothing_unknown(tmp_path):
    from concurrent.futures import Future

    books, written, loop = Slow.at(f"sqlite:///{tmp_path}/books.db"), asyncio.Event(), asyncio.get_running_loop()
    books.written, books.may_go_on = lambda: loop.call_soon_threadsafe(written.set), Future()
    chosen = {**options(Clock()), "purchases": books}
    transport = httpx.MockTransport(lambda _: pytest.fail("sent"))
    async with AsyncClient({"toy": ToySettings(environment="sandbox")}, transport=transport, **chosen) as client:
        task = asyncio.create_task(client.buy(REQUEST, key="k", account="toy"))
        await written.wait()
        task.cancel()
        loop.call_soon(books.may_go_on.set_result, None)
        with pytest.raises(asyncio.CancelledError):
            await task
    assert books.record("k").state == "not sent"
    books.close()


async def test_a_task_that_is_cancelled_twice_while_it_waits_for_the_books_leaves_no_error_behind():
    said, going, done = [], threading.Event(), threading.Event()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))

    def overtaken():
        going.set()
        done.wait()
        raise Overtaken

    task = asyncio.create_task(in_thread(overtaken))
    await asyncio.to_thread(going.wait)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    done.set()
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    gc.collect()
    assert said == []


async def test_a_cancelled_task_lets_go_of_its_key_without_stopping_the_loop(file_books, tmp_path):
    asked = asyncio.Event()

    async def reply(_request):
        asked.set()
        await asyncio.Event().wait()

    file_books.records()
    from_now_on(file_books, "PRAGMA busy_timeout = 2000")
    chosen = {**options(Clock()), "purchases": file_books}
    async with AsyncClient({"toy": ToySettings(environment="sandbox")}, transport=httpx.MockTransport(reply), **chosen) as client:
        task = asyncio.create_task(client.buy(REQUEST, key="k", account="toy"))
        await asked.wait()
        somebody = sqlite3.connect(tmp_path / "books.db", isolation_level=None)
        somebody.execute("BEGIN IMMEDIATE")
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, somebody.rollback)  # which a loop that stands still would not come to
        with pytest.raises(asyncio.CancelledError):
            await task
        somebody.close()
    assert file_books.record("k").state == "unknown"


def test_a_lease_that_a_clock_set_back_has_stranded_runs_for_its_own_length(books, time):
    with toy_client(books, good) as client:
        order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
        books.enter(order, TOY, "crashed", 2)
        time.passes(hours=-1)
        assert books.enter(order, TOY, "other", 30).step == "wait"
        time.passes(seconds=3)
        assert books.enter(order, TOY, "other", 30).step == "buy"


def label_of(client, number, at):
    label = client._operations.adopt(
        account="toy", tracking_number=number, issued_at=at, rma="R1", return_to=None, label_source=None, enclosed=False
    )
    return label.model_copy(update={"key": "k"})


def given_up(books, client, time):
    """When an order left whose answer did not come, and whose key another took, giving it up."""
    order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
    left = time()
    books.enter(order, TOY, "slow", 30)
    books.departing("k", "slow", left, 30)
    time.passes(seconds=31)
    books.enter(order, TOY, "quick", 30)
    books.clear("k", "quick", 30, lost=True)
    return left


def test_a_look_up_that_outlasts_its_lease_reports_nothing_as_lost(books, time):
    left = time()

    def find(_job):
        """Meanwhile another has looked it up and found it."""
        time.passes(minutes=1)
        books.enter(order, TOY, "another", 30)
        books.keep("k", "another", label_of(client, "ONE", left), left)
        return Found(label_of(client, "ONE", left))

    from retoure import Found
    from retoure.purchases.buying import Wish, buying

    with toy_client(books, good) as client:
        order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
        books.enter(order, TOY, "crashed", 30)
        books.departing("k", "crashed", left, 30)
        time.passes(seconds=31)
        from retoure.client._run import walk

        wish = Wish(order=order, seller=TOY, purchase=lambda _: pytest.fail("bought"), look_up=lambda _: "look up", lease_s=30)
        assert walk(buying(books, wish), find).tracking_number == "ONE"
    assert books.lost() == ()


def test_the_late_answer_of_a_superseded_purchase_names_it(books, time):
    with toy_client(books, good) as client:
        left = given_up(books, client, time)
        books.departing("k", "quick", time(), 30)
        books.keep("k", "slow", label_of(client, "ONE", left), left)
        (lost,) = books.lost()
        assert (lost.number, lost.attempted_at) == ("ONE", left)


def test_what_is_found_after_it_was_given_up_is_lost_no_longer(books, time):
    with toy_client(books, good) as client:
        left = given_up(books, client, time)
        one = label_of(client, "ONE", left)
        books.departing("k", "quick", time(), 30)
        books.keep("k", "slow", one, left)
        books.keep("k", "quick", one, time())  # the look-up of the second found the first
    assert books.lost() == ()


def test_what_answers_after_it_was_given_up_and_before_another_has_left_is_lost_no_longer(books, time):
    with toy_client(books, good) as client:
        left = given_up(books, client, time)
        assert books.keep("k", "slow", label_of(client, "ONE", left), left).tracking_number == "ONE"
    assert (books.lost(), books.record("k").number) == ((), "ONE")


def test_a_stored_label_that_lacks_a_needed_format_says_so(box, books):
    with ups(box, books) as client:
        label = client.buy(MUNICH, key="K/1", account="ups")
        again = client.buy(MUNICH, key="K/1", account="ups", formats=PDF)
    assert again.documents == label.documents
    assert "without pdf" in again.notices[-1].lower()
