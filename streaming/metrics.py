"""What an operator sees (O). Never labelled by user or topic. Served by `widgetapp.health`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from prometheus_client import Counter, Gauge, Histogram

# Of several worker processes the living are added up.
SummedGauge = partial(Gauge, multiprocess_mode="livesum")

connections = SummedGauge("stream_connections", "Connections; state: hello or welcomed", ["state", "transport"])
subscriptions = SummedGauge("stream_subscriptions", "Subscriptions", ["service"])
refusals = Counter("stream_refusals", "Connections refused before their welcome", ["code"])
closes = Counter("stream_closes", "Connections closed by the server", ["code"])
recoveries = Counter("stream_recoveries", "Outcomes of subscriptions to logs", ["outcome"])
gaps = Counter("stream_gaps", "Gaps in a log, by where they were found", ["found"])
lagging = SummedGauge("stream_lagging_topics", "Subscriptions in lag")
queue_bytes = SummedGauge("stream_queue_bytes", "Sent and not acknowledged, of all connections")
errors = Counter("stream_errors", "Error frames", ["service", "code"])
publications_dropped = Counter("stream_publications_dropped", "Publications that did not reach the channel layer")
hello_seconds = Histogram("stream_hello_seconds", "From accept to welcome")
publish_seconds = Histogram("stream_publish_to_send_seconds", "From the publication to the delivery here")
commit_seconds = Histogram("stream_commit_to_send_seconds", "From the commit to the delivery here, repaired ones too")
layer_up = Gauge(
    "stream_channel_layer_up", "1 while messages come back through the channel layer", multiprocess_mode="livemin"
)


@contextmanager
def arriving(transport: str) -> Iterator[None]:
    """A connection from its accept to its end."""
    connections.labels("hello", transport).inc()
    try:
        yield
    finally:
        connections.labels("hello", transport).dec()


@contextmanager
def welcomed(transport: str) -> Iterator[None]:
    """The part of a connection's life that follows its welcome."""
    connections.labels("hello", transport).dec()
    connections.labels("welcomed", transport).inc()
    try:
        yield
    finally:
        connections.labels("welcomed", transport).dec()
        connections.labels("hello", transport).inc()
