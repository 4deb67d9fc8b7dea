"""4. Services: named conversations on the stream."""
