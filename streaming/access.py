"""When a right changes, the access epoch of the row it depends on rises and every stream is told; always both (A4).

Rights depend on a row with `access_epoch`: a Thing, or a person. The publication acts within moments. If it is lost,
the sweep of every hub finds the new epoch, and an event that carries it waits until rights were checked again.
"""

from collections.abc import Collection
from typing import Any, ClassVar, Literal, TypeVar

from django.db import models, transaction
from django.db.models import F

from streaming.fanout.publisher import publish_access

M = TypeVar("M", bound=models.Model, covariant=True)


class GuardedQuerySet(models.QuerySet[M]):
    def delete(self) -> tuple[int, dict[str, int]]:
        """The rights to the rows end with them."""
        with transaction.atomic(using=self.db):
            gone = list(self.values_list("pk", flat=True))
            lock(self.model, gone)
            deleted = super().delete()
            tell(self.model, gone)  # type: ignore[arg-type]
        return deleted

    delete.queryset_only = True  # type: ignore[attr-defined]


class Guarded(models.Model):
    """A row that rights depend on. `told_as`: what its ids are in a publication. Its access epoch rises in the
    transaction that changes who may do what, and only by the functions of this module.
    """

    told_as: ClassVar[Literal["topics", "users"]]

    access_epoch = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            gone = self.pk
            lock(type(self), [gone])
            deleted = super().delete(*args, **kwargs)
            tell(type(self), [gone])
        return deleted


def lock(model: type[models.Model], ids: Collection[Any]) -> None:
    """Called before a delete collects what refers to the rows: a reference that is made in between would prevent it."""
    list(model._base_manager.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def access_moved(model: type[Guarded], ids: Collection[Any]) -> None:
    """Call it in the transaction that changes who may do what."""
    with transaction.atomic():
        model._base_manager.filter(pk__in=ids).update(access_epoch=F("access_epoch") + 1)
        tell(model, ids)


def tell(model: type[Guarded], ids: Collection[Any]) -> None:
    if ids:
        transaction.on_commit(lambda: publish_access(**{model.told_as: ids}), robust=True)
