"""What an operator sees (M). Never labelled by user or topic."""

from prometheus_client import Counter, Gauge, Histogram

connections = Gauge("stream_connections", "Connections that were welcomed", ["transport"])
subscriptions = Gauge("stream_subscriptions", "Subscriptions", ["service"])
refusals = Counter("stream_refusals", "Connections refused", ["code"])
closes = Counter("stream_closes", "Connections closed by the server", ["code"])
recoveries = Counter("stream_recoveries", "Outcomes of subscriptions with a position", ["outcome"])
gaps = Counter("stream_gaps", "Gaps in a log, by where they were found", ["found"])
lagging = Gauge("stream_lagging_topics", "Subscriptions in lag")
errors = Counter("stream_errors", "Error frames", ["service", "code"])
publications_dropped = Counter("stream_publications_dropped", "Publications that did not reach the channel layer")
hello_seconds = Histogram("stream_hello_seconds", "From accept to welcome")
layer_up = Gauge("stream_channel_layer_up", "1 while messages come back through the channel layer")
