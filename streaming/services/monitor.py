"""`monitor`: the live connections of all worker processes, for staff who may see them (O). Topic: `connections`; key: a
connection's id, or `worker:` and a process for what it says of itself. By session only: a token is for programs.
"""

from django.contrib.auth import get_user_model

from streaming.context import RequestContext
from streaming.errors import Forbidden
from streaming.fanout.hub import LIVE_CONNECTIONS
from streaming.service import StateService

# The app that keeps people declares them.
VIEW_PERMISSION = "accounts.view_connections"
CUT_PERMISSION = "accounts.cut_connections"


class MonitorService(StateService):
    name = LIVE_CONNECTIONS[0]

    def resolve(self, context: RequestContext, topic: str) -> str:
        if topic != LIVE_CONNECTIONS[1]:
            raise Forbidden
        return topic

    def is_offered(self, context: RequestContext) -> bool:
        return bool(context.session_key) and context.user is not None and context.user.is_staff

    def may_read(self, context: RequestContext, topic: str) -> bool:
        if context.user is None or not self.is_offered(context):
            return False
        # Read anew: the one of the context remembers the permissions it had.
        user = get_user_model().objects.filter(pk=context.user.pk, is_active=True, is_staff=True).first()
        return user is not None and user.has_perm(VIEW_PERMISSION)
