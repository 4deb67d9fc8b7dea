"""The ids that stand in the examples of the catalogue, in the order in which an action names widgets."""

FIRST = "018f0000-0000-7000-8000-000000000001"
SECOND = "018f0000-0000-7000-8000-000000000002"
THIRD = "018f0000-0000-7000-8000-000000000003"
