"""Which tests a quick run takes, and in which order a parallel one begins."""

import subprocess
from types import SimpleNamespace

import pytest

from tests import quick, together


@pytest.mark.parametrize(
    ("name", "folders"),
    [
        (
            "payments/services/refunds/refund_requests.py",
            {"payments", "verify", "rights", "constraints"},
        ),
        ("payments/dashboard/views.py", {"dashboard"}),
        ("templates/payments/order.html", {"dashboard"}),
        ("inventory/api/views.py", {"api"}),
        ("security/admin.py", {"admin"}),
        ("bot/simulator/server.py", {"simulator"}),
        ("bot/runtime/message_sender.py", {"bot", "messages", "rights"}),
        ("ppob/local/stack.py", {"local"}),
        ("ppob/kit/rows.py", {"kit"}),
        ("locale/id/LC_MESSAGES/django.po", {"messages"}),
        ("docs/decisions/0001-one-house-of-seven-apps.md", set()),
    ],
)
def test_a_file_leads_to_the_tests_of_its_app(name, folders):
    assert quick.touched([name]) == {f"tests/{folder}/" for folder in folders}


def test_a_test_that_was_changed_leads_to_itself():
    names = ["tests/catalog/test_products.py", "tests/catalog/conftest.py"]

    assert quick.touched(names) == {"tests/catalog/test_products.py"}


def test_every_folder_a_file_leads_to_has_tests():
    for _pattern, folders in quick.TESTS_OF:
        for folder in folders:
            assert list((quick.ROOT / "tests" / folder).glob("test_*.py")), folder


def item(nodeid, *fixtures, marks=()):
    return SimpleNamespace(
        nodeid=nodeid,
        fixturenames=list(fixtures),
        get_closest_marker=lambda mark: mark if mark in marks else None,
    )


@pytest.mark.parametrize(
    ("asked", "is_wanted"),
    [
        (item("tests/architecture/test_size.py::test", "django_db_setup"), True),
        (item("tests/catalog/test_pricing.py::test"), True),
        (item("tests/catalog/test_products.py::test", "django_db_setup"), False),
        (item("tests/payments/test_sale.py::test", "django_db_setup"), True),
        (item("tests/payments/test_random_walk.py::test", marks=["walk"]), False),
        (item("tests/crash/test_crash.py::test", marks=["crash"]), False),
    ],
)
def test_units_rules_and_touched_apps_are_wanted(asked, is_wanted):
    assert quick.is_wanted(asked, ("tests/payments/",)) == is_wanted


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=x", "-c", "user.email=x@example", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    def commit(name):
        (tmp_path / name).write_text("x")
        git("add", "-A")
        git("commit", "-m", name)

    git("init", "-b", "main")
    commit("first")
    commit("second")
    return SimpleNamespace(root=tmp_path, git=git, commit=commit)


def test_on_the_main_branch_the_last_commit_counts(repository):
    assert quick.changed_files(repository.root) == ["second"]


def test_on_the_main_branch_uncommitted_work_counts_alone(repository):
    (repository.root / "third").write_text("x")

    assert quick.changed_files(repository.root) == ["third"]


def test_on_a_branch_everything_since_it_began_counts(repository):
    repository.git("switch", "-c", "work")
    repository.commit("third")
    repository.commit("fourth")
    (repository.root / "first").write_text("changed")

    assert quick.changed_files(repository.root) == ["first", "fourth", "third"]


def test_where_no_repository_is_only_rules_and_units_are_left(tmp_path):
    assert quick.changed_files(tmp_path) == []


def test_the_longest_begin_and_groups_stay_together():
    names = [
        "tests/admin/test_demo.py::test_two_stores_are_ready_to_sell",
        *(f"{proof.beginning}x" for proof in reversed(together.PROOFS)),
    ]
    items = [item(name) for name in names]

    together.begin_with_the_longest(items)

    order = [each.nodeid for each in items]
    assert order[-1] == names[0]
    groups = [together.proof_of(name).group for name in order[:-1]]
    seen = [group for group in dict.fromkeys(groups) if group]
    runs = [
        group for place, group in enumerate(groups) if groups[:place][-1:] != [group]
    ]
    assert [group for group in runs if group] == seen
    secs = dict.fromkeys(seen, 0)
    for proof in together.PROOFS:
        if proof.group:
            secs[proof.group] += proof.secs
    assert list(secs.values()) == sorted(secs.values(), reverse=True)


def test_every_proof_has_tests(request):
    for proof in together.PROOFS:
        assert (quick.ROOT / proof.beginning).exists(), proof.beginning
