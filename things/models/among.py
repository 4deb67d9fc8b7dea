"""`field__among=values`: one of many values, in one parameter, so that thousands are one statement."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Lookup, UUIDField
from django.db.models.sql.compiler import SQLCompiler

from accounts.statements import DIALECTS, Values, parameter

Said = tuple[str, tuple[str | int | Values, ...]]  # SQL and its parameters


class Among(Lookup[Values]):
    lookup_name = "among"
    prepare_rhs = False
    listed = "uuids"  # as `DIALECTS` says it

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Said:  # type: ignore[override]  # stubs know no lists
        column, before = self.process_lhs(compiler, connection)
        sql = f"{column} IN (SELECT value FROM {DIALECTS[connection.vendor][self.listed]})"  # noqa: S608
        return sql, (*before, parameter(list(self.rhs), connection))

    def get_db_prep_lookup(self, value: Values, connection: BaseDatabaseWrapper) -> Said:  # type: ignore[override]
        return "%s", (value,)


@UUIDField.register_lookup
class AmongIds(Among):
    pass


@BigIntegerField.register_lookup
class AmongNumbers(Among):
    listed = "numbers"
