"""A check's fast form returns the same rows as its plain query, whatever the tables hold."""

import random
from collections import Counter
from typing import Any

import psycopg2
import pytest

from stampede.suite.check import Check
from tests.integration.scene import RULES, Rules, Scene

ROUNDS = 400
MOST_CHANGES = 4
CHECKS = [
    pytest.param(rules, check, id=f"{rules.system}-{check.name}")
    for rules in RULES
    for check in rules.checks
    if check.fast is not None
]
TABLES = "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = %s order by 1"
# Neither a row's own number, nor a document.
COLUMNS = """
select attname::text from pg_attribute
where attrelid = %s::regclass and attnum > 0 and attidentity <> 'a' and atttypid <> 'json'::regtype
order by attnum
"""
Rows = list[tuple[Any, ...]]


class Damage:
    """Random changes of a system's rows, all in the scene's transaction."""

    def __init__(self, scene: Scene, rules: Rules, seed: int) -> None:
        self.scene, self.rules = scene, rules
        self.chance = random.Random(seed)  # noqa: S311  # a test, not a secret
        tables = self.query(TABLES, rules.system)
        self.columns = {table: [name for (name,) in self.query(COLUMNS, table)] for (table,) in tables}

    def query(self, statement: str, *values: Any) -> Rows:
        with self.scene.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def deal(self) -> list[str]:
        """Return to the baseline and make a few changes; those that no constraint refused."""
        self.scene.reset(self.rules)
        made = []
        for _ in range(self.chance.randrange(MOST_CHANGES) + 1):
            statement = self._choose()
            self.query("savepoint change")
            try:
                self.query(statement)
            except psycopg2.Error:
                self.query("rollback to savepoint change")
            else:
                made.append(statement)
        return made

    def _choose(self) -> str:
        table = self.chance.choice(list(self.columns))
        (row,) = self._row(table)
        kind = self.chance.choice(("change", "change", "swap", "delete", "double"))
        column = self.chance.choice(self.columns[table])
        if kind == "delete":
            return f"delete from {table} where ctid = '{row}'"
        if kind == "double":
            columns = ", ".join(name for name in self.columns[table] if name != "id")
            return f"insert into {table} ({columns}) select {columns} from {table} where ctid = '{row}'"
        (other,) = self._row(table)
        if kind == "swap":
            swapped = f"(select {column} from {table} where ctid in ('{row}', '{other}') and ctid <> t.ctid)"
            return f"update {table} t set {column} = {swapped} where ctid in ('{row}', '{other}')"
        taken = f"(select {column} from {table} where ctid = '{other}')"
        return f"update {table} set {column} = {taken} where ctid = '{row}'"

    def _row(self, table: str) -> tuple[str]:
        rows = self.query(f"select ctid::text from {table} order by ctid")
        return self.chance.choice(rows) if rows else ("(0,1)",)


def found(damage: Damage, query: str) -> Counter[tuple[Any, ...]]:
    return Counter(damage.query(query))


@pytest.mark.parametrize(("rules", "check"), CHECKS)
def test_fast_form_finds_what_the_plain_query_finds(scene: Scene, rules: Rules, check: Check) -> None:
    damage = Damage(scene, rules, seed=5)
    assert check.fast is not None
    failed = 0
    for _ in range(ROUNDS):
        changes = damage.deal()
        plain = found(damage, check.query)
        assert found(damage, check.fast) == plain, changes
        failed += bool(plain)
    assert 0 < failed < ROUNDS, "rows that break the invariant and rows that keep it"
