"""Async client of the WidgetApp Streaming API, version 1. See README.md for the words used here."""

from widgetapp_stream.close_codes import Verdict, verdict
from widgetapp_stream.connection import End
from widgetapp_stream.following import Update, follow, updates
from widgetapp_stream.frames import Position
from widgetapp_stream.http import Answer, Client, Problem, RateLimited
from widgetapp_stream.log import Log
from widgetapp_stream.log_event import LogEvent, TopicReset
from widgetapp_stream.replica import Replica
from widgetapp_stream.state import State, StateChange
from widgetapp_stream.stream import Stopped, Stream
from widgetapp_stream.topic import TopicRefused

__all__ = [
    "Answer",
    "Client",
    "End",
    "Log",
    "LogEvent",
    "Position",
    "Problem",
    "RateLimited",
    "Replica",
    "State",
    "StateChange",
    "Stopped",
    "Stream",
    "TopicRefused",
    "TopicReset",
    "Update",
    "Verdict",
    "follow",
    "updates",
    "verdict",
]
