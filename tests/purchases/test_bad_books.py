"""Books that cannot be used say so, and lose nothing."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event, text

from retoure import BooksError, Client, ConfigurationError, InvalidSettings, Label, OutcomeUnknown, Purchases, RequestRejected
from retoure.purchases.ledger import UNKEPT
from tests.purchases.conftest import MUNICH, shop_of, toy_client
from tests.unit.client.toy import REQUEST


def good(_request=None):
    return httpx.Response(200, json={"number": "N1"})


def never(_request):
    pytest.fail("something was bought")


def write(books, statement, **values):
    with books._database.writing() as connection:
        connection.execute(text(statement), values)


def from_now_on(books, pragma):
    """Every connection of these books is limited from now on."""
    engine = books._database._engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute(pragma).close())


def pages(books):
    with books._database.reading() as connection:
        return connection.execute(text("PRAGMA page_count")).scalar_one()


@pytest.mark.parametrize("column", ["facts", "state"])
def test_a_corrupt_row_is_named_and_nothing_is_bought_anew(books, column):
    with toy_client(books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
    write(books, f"UPDATE purchase SET {column} = 'broken'")
    with toy_client(books, never) as client:
        with pytest.raises(BooksError, match="'k'"):
            client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(BooksError, match="'k'"):
            client.label_for("k")


@pytest.mark.parametrize("column", ["lease_until", "attempted_at", "written_at"])
def test_a_corrupt_time_is_named_and_hides_no_other_key(file_books, column):
    with toy_client(file_books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
        client.buy(REQUEST, key="other", account="toy")
    write(file_books, f"UPDATE purchase SET {column} = 'garbage' WHERE key = 'k'")
    with toy_client(file_books, never) as client:
        for asked in (
            lambda: client.buy(REQUEST, key="k", account="toy"),
            lambda: client.label_for("k"),
            lambda: file_books.resolve("k", nothing_bought=True),
        ):
            with pytest.raises(BooksError, match="'k'"):
                asked()
    states = {record.key: record.state.value for record in file_books.records()}
    assert states == {"k": "unreadable", "other": "bought"}


def test_a_file_that_is_replaced_while_it_is_open_is_not_written_to_out_of_sight(file_books, tmp_path):
    with toy_client(file_books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
    (tmp_path / "books.db").rename(tmp_path / "old.db")
    with toy_client(file_books, never) as client, pytest.raises(BooksError, match="are gone"):
        client.buy(REQUEST, key="new", account="toy")
    assert not (tmp_path / "books.db").exists()
    another = Purchases.at(f"sqlite:///{tmp_path}/books.db")
    another.records()
    with toy_client(file_books, never) as client, pytest.raises(BooksError, match="replaced"):
        client.buy(REQUEST, key="new", account="toy")
    assert another.records() == ()
    another.close()


def test_a_child_that_is_forked_while_a_thread_opens_the_books_opens_them_itself(tmp_path):
    """The parent's thread holds the lock at that moment, and in the child nobody would let go of it."""
    from retoure.storage import database

    books = Purchases.at(f"sqlite:///{tmp_path}/books.db")
    with books._database._opening:
        database._after_fork()
        assert books.records() == ()
    books.close()


def test_what_the_first_schema_kept_is_carried_over(url):
    from alembic.command import upgrade
    from alembic.config import Config

    from retoure.purchases.tables import BOOKS, metadata
    from retoure.storage.engine import open_engine, parse_url

    engine = open_engine(parse_url(url, BOOKS), BOOKS)
    if engine.dialect.name == "sqlite":
        Path(engine.url.database).touch()
    with engine.begin() as connection:
        given = {"connection": connection, "version_table": BOOKS.version_table, "metadata": metadata}
        config = Config(attributes=given)
        config.set_main_option("script_location", str(BOOKS.migrations))
        upgrade(config, "0001")
        columns = "key, kind, account, carrier, rma, digest, state, adopted, owner, written_at, candidates, given_up"
        connection.execute(
            text(f"INSERT INTO purchase ({columns}) VALUES ('k','label','a','c','R1','d','bought',:no,'',:at,'','')"),
            {"no": False, "at": datetime(2026, 3, 1)},  # noqa: DTZ001 - as SQLite keeps it
        )
        for number in (None, "N2"):
            columns = "key, kind, account, carrier, rma, given_up_at, number"
            connection.execute(
                text(f"INSERT INTO purchase_lost ({columns}) VALUES ('k','label','a','c','R1',:at,:number)"),
                {"at": datetime(2026, 3, 1), "number": number},  # noqa: DTZ001
            )
    engine.dispose()
    books = Purchases.at(url)
    assert [(record.key, record.state.value) for record in books.records()] == [("k", "bought")]
    assert [lost.cause for lost in books.lost()] == ["superseded", "one too many"]
    assert books.erase("R1").keys == ("k",)
    books.close()


def test_a_server_that_isolates_more_than_the_books_need_keeps_them_all_the_same(server):
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE isolated")
        connection.execute("ALTER DATABASE isolated SET default_transaction_isolation = 'serializable'")
    books = Purchases.at(server.replace("/postgres?", "/isolated?"))
    with books._database.reading() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
    books.close()


def test_a_corrupt_document_is_named_and_nothing_is_bought_anew(books):
    with toy_client(books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
    write(books, "UPDATE purchase_content SET payload = :payload WHERE what = 'bought'", payload=b"{broken")
    with toy_client(books, never) as client, pytest.raises(BooksError, match="cannot be read from the books"):
        client.buy(REQUEST, key="k", account="toy")


@pytest.mark.parametrize("length", [9e99, float("inf"), "long"])
def test_a_corrupt_length_of_a_lease_is_named_and_nothing_is_bought_anew(file_books, length):
    with toy_client(file_books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
    with file_books._database.writing() as connection:
        connection.execute(
            text("UPDATE purchase SET state = 'open', lease_until = '9999-01-01 00:00:00', lease_s = :length"), {"length": length}
        )
    with toy_client(file_books, never) as client:
        for asked in (
            lambda: client.buy(REQUEST, key="k", account="toy"),
            lambda: file_books.resolve("k", nothing_bought=True),
        ):
            with pytest.raises(BooksError):
                asked()


@pytest.mark.parametrize("secret", ["no hex", "", "00ff"])
def test_a_corrupt_secret_is_told_before_anything_is_bought(url, secret):
    books = Purchases.at(url)
    with toy_client(books, good) as client:
        client.buy(REQUEST, key="k", account="toy")
    write(books, f"UPDATE purchase_setting SET value = '{secret}'")
    books.close()
    again = Purchases.at(url)
    with toy_client(again, never) as client:
        for asked in (lambda: client.buy(REQUEST, key="new", account="toy"), again.records):
            with pytest.raises(BooksError, match="secret"):
                asked()
    again.close()


def test_books_of_a_newer_version_say_so_and_stay_as_they_are(url):
    books = Purchases.at(url)
    books.records()
    write(books, "UPDATE retoure_purchases_version SET version_num = '9999'")
    newer = Purchases.at(url)
    with toy_client(newer, never) as client, pytest.raises(BooksError, match=r"newer retoure \(schema 9999"):
        client.buy(REQUEST, key="k", account="toy")
    with books._database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM retoure_purchases_version")).scalar_one() == "9999"
    newer.close()
    books.close()


def test_a_full_disk_before_the_purchase_buys_nothing(file_books):
    file_books.records()
    from_now_on(file_books, f"PRAGMA max_page_count = {pages(file_books)}")
    large = REQUEST.model_copy(update={"order_number": "9" * 200_000})
    with toy_client(file_books, never) as client, pytest.raises(BooksError, match="disk is full") as raised:
        client.buy(large, key="k", account="toy")
    assert raised.value.bought is None


def test_a_disk_that_is_too_full_for_the_documents_keeps_the_number(file_books, box):
    with shop_of(box, file_books) as shop:
        shop.buy(MUNICH, key="first", account="ups")

        def fill(_exchange):
            from_now_on(file_books, f"PRAGMA max_page_count = {pages(file_books) + 1}")

    with shop_of(box, file_books, observer=fill) as shop:
        label = shop.buy(MUNICH, key="K/1", account="dhl_paket")
        assert UNKEPT in label.notices[-1]
        assert label.documents
        stored = shop.label_for("K/1")
    assert (stored.tracking_number, stored.documents) == (label.tracking_number, ())


def test_books_that_cannot_be_written_after_the_purchase_hand_the_label_over_in_the_error(file_books):
    def reply(_request):
        from_now_on(file_books, "PRAGMA query_only = ON")
        return good()

    with toy_client(file_books, reply) as client:
        with pytest.raises(BooksError, match="cannot be written") as raised:
            client.buy(REQUEST, key="k", account="toy")
        assert isinstance(raised.value.bought, Label)
        assert raised.value.bought.tracking_number == "N1"


def test_a_label_that_could_not_be_written_down_is_not_bought_again(file_books, time):
    path = str(file_books)

    def reply(_request):
        from_now_on(file_books, "PRAGMA query_only = ON")
        return good()

    with toy_client(file_books, reply) as client, pytest.raises(BooksError):
        client.buy(REQUEST, key="k", account="toy")
    time.passes(minutes=1)
    again = Purchases.at(path.removeprefix("Purchases.at('").removesuffix("')"), clock=time)
    with toy_client(again, never) as client, pytest.raises(OutcomeUnknown):
        client.buy(REQUEST, key="k", account="toy")
    again.close()


def test_a_refusal_is_told_although_the_books_cannot_be_written_any_more(file_books):
    def reply(_request):
        from_now_on(file_books, "PRAGMA query_only = ON")
        return httpx.Response(400)

    with toy_client(file_books, reply) as client, pytest.raises(RequestRejected):
        client.buy(REQUEST, key="k", account="toy")


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("mysql://host/name", "not supported"),
        ("no url", "like sqlite:///retoure.db"),
        ("postgresql://u:canary@h:notaport/x", "like sqlite:///retoure.db"),
        ("sqlite:///file:m?mode=memory&uri=true", "nothing else"),
        ("sqlite:///books.db?foo=bar", "nothing else"),
        ("sqlite:///books\0.db", "nothing else"),
    ],
)
def test_a_url_that_cannot_keep_purchases_is_refused_at_once(url, what):
    with pytest.raises(ConfigurationError, match=what) as raised:
        Purchases.at(url)
    assert "canary" not in str(raised.value)


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(BooksError, match="No such file"):
        Purchases.at("sqlite:////no/such/folder/books.db").records()


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "books.db").write_text("something else" * 1000)
    with pytest.raises(BooksError, match="not a database"):
        Purchases.at(f"sqlite:///{tmp_path}/books.db").records()


@pytest.mark.parametrize("url", ["postgresql://user:canary@127.0.0.1:1/name", "postgresql://127.0.0.1:1/x?password=canary"])
def test_no_error_and_no_repr_shows_a_password(url):
    books = Purchases.at(url)
    with pytest.raises(BooksError) as raised:
        books.records()
    assert "canary" not in repr(books) + str(raised.value)


def test_the_file_is_readable_by_its_owner_only(tmp_path):
    books = Purchases.at(f"sqlite:///{tmp_path}/books.db")
    books.records()
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    books.close()


def test_the_configuration_names_books_relative_to_itself(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "retoure.toml").write_text('[client]\npurchases = "sqlite:///books.db"\n')
    monkeypatch.chdir(tmp_path)
    client = Client.from_config("shop/retoure.toml", environ={})
    assert client.label_for("k") is None
    assert (tmp_path / "shop" / "books.db").exists()
    client._setup.books.close()


def test_a_configuration_with_unusable_books_names_the_file(tmp_path):
    (tmp_path / "retoure.toml").write_text('[client]\npurchases = "mysql://x/y"\n')
    with pytest.raises(InvalidSettings, match=r"retoure\.toml: client\.purchases: mysql is not supported"):
        Client.from_config(tmp_path / "retoure.toml", environ={})


def test_the_migrations_make_the_tables_that_the_code_uses(url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from retoure.purchases.tables import BOOKS, metadata

    books = Purchases.at(url)
    with books._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": BOOKS.version_table, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    books.close()


@pytest.mark.parametrize("code", ["import retoure", "import retoure; retoure.Client({}, purchases=retoure.Unprotected())"])
@pytest.mark.parametrize("module", ["sqlalchemy", "alembic"])
def test_whoever_keeps_no_books_does_not_import(module, code):
    done = subprocess.run([sys.executable, "-c", f"{code}; import sys; sys.exit({module!r} in sys.modules)"], check=False)
    assert done.returncode == 0


def test_opening_books_that_are_up_to_date_does_not_import_alembic(tmp_path):
    Purchases.at(f"sqlite:///{tmp_path}/books.db").records()
    opened = f"retoure.Purchases.at('sqlite:///{tmp_path}/books.db').records()"
    code = f"import sys, retoure; {opened}; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
