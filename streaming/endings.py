"""What the server refuses or ends is counted, logged and shown to operators, on both transports (M)."""

import logging

from streaming import metrics
from streaming.asgi_types import Scope
from streaming.errors import Refused
from streaming.fanout.hub import current_hub
from streaming.forwarded import client_address, cloudflare_header
from streaming.protocol import now_text

logger = logging.getLogger(__name__)


def record(scope: Scope, refused: Refused) -> None:
    code, address = int(refused.code), client_address(scope)
    (metrics.closes if refused.welcomed else metrics.refusals).labels(code).inc()
    if not refused.welcomed:
        told = {"code": code, "reason": refused.reason, "address": address, "at": now_text()}
        current_hub().refusals.append(told)
    logger.info("stream closed: %s %s ray=%s", code, refused.reason, cloudflare_header(scope, b"cf-ray") or "-")
