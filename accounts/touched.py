"""Forms that write only what their person touched.

A form is filled when it is opened and sent minutes later. Each field carries what it showed then, and only
what differs from that counts as changed, so that nothing others wrote meanwhile is written back.
"""

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import ManyToManyField, Model

Row = TypeVar("Row", bound=Model)


class TouchedForm(forms.ModelForm[Row]):
    """A program may post without what was shown; then what is stored counts as shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carried = not self.is_bound or any(self.add_initial_prefix(name) in self.data for name in self.fields)
        for field in self.fields.values():
            field.show_hidden_initial = carried and not field.disabled

    def shown(self, name: str) -> Any:
        """The value that the field showed when the form was opened."""
        field, stored = self.fields[name], self.get_initial_for_field(self.fields[name], name)
        if not self.is_bound or not field.show_hidden_initial:
            return stored
        widget: Any = field.hidden_widget()
        try:
            return field.to_python(widget.value_from_datadict(self.data, self.files, self.add_initial_prefix(name)))
        except ValidationError:
            return stored

    def clean(self) -> dict[str, Any] | None:
        """What was not touched is left out, and so is neither put on the row nor saved with it."""
        super().clean()
        return {name: value for name, value in self.cleaned_data.items() if name in self.changed_data}

    def touched_columns(self) -> list[str]:
        """For `save(update_fields=…)`."""
        columns = {field.name for field in self._meta.model._meta.concrete_fields}
        return [name for name in self.changed_data if name in columns]

    def _save_m2m(self) -> None:
        """A list is changed by its difference: what was ticked is added, what was unticked is removed."""
        for field in self._meta.model._meta.many_to_many:
            if field.name in self.cleaned_data:
                self._save_difference(field)

    def _save_difference(self, field: "ManyToManyField[Any, Any]") -> None:
        shown, chosen = set(self.shown(field.name) or ()), set(self.cleaned_data[field.name])
        related = getattr(self.instance, field.name)
        related.remove(*(shown - chosen))
        related.add(*(chosen - shown))
