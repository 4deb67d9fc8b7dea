"""`monitor`: the live connections of all worker processes, for staff (M). Topic: `connections`; key: a connection's id,
or `worker:` and a process for what it says of itself.
"""

from django.contrib.auth import get_user_model

from streaming.context import RequestContext
from streaming.errors import Forbidden
from streaming.fanout.hub import LIVE_CONNECTIONS
from streaming.services.base import StateService


class MonitorService(StateService):
    name = LIVE_CONNECTIONS[0]

    def resolve(self, context: RequestContext, topic: str) -> str:
        if topic != LIVE_CONNECTIONS[1]:
            raise Forbidden
        return topic

    def is_offered(self, context: RequestContext) -> bool:
        return context.user is not None and context.user.is_staff

    def may_read(self, context: RequestContext, topic: str) -> bool:
        user = context.user
        staff = get_user_model().objects.filter(is_active=True, is_staff=True)
        return user is not None and staff.filter(pk=user.pk).exists()
