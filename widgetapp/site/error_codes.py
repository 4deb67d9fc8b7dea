"""Every code a program can meet, in words: HTTP problems, errors on the stream, close codes.

The `type` of a problem is the page of its code. Close codes come from
`streaming.close_codes`; tests compare the other tables with what the code can raise.
"""

from dataclasses import dataclass

from streaming.close_codes import CloseCode


@dataclass(frozen=True, slots=True)
class Entry:
    code: str
    title: str
    meaning: str
    remedy: str
    status: int | None = None  # of the HTTP answer; None for what the stream says

    @property
    def codes(self) -> set[str]:
        """As it is said; HTTP push says close codes as the code of a problem."""
        return {self.code, f"stream_{self.code}"} if self.code.isdigit() else {self.code}

    @property
    def where(self) -> str:
        if self.status:
            return f"HTTP {self.status}"
        return "Close code" if self.code.isdigit() else "Stream error"


PROBLEMS = (
    Entry(
        "malformed",
        "Malformed",
        "The request, or its body, is not HTTP or JSON as this API reads it.",
        "Send one JSON object in UTF-8: no NaN, no duplicate keys, no lone surrogates.",
        400,
    ),
    Entry(
        "host",
        "A foreign host",
        "The Host of the request is not a name of this site.",
        "Use the site's own name; its operator lists the names in ALLOWED_HOSTS.",
        400,
    ),
    Entry(
        "not_authenticated",
        "Not signed in",
        "The request needs a person, and carries no credential.",
        "Sign in, or send Authorization: Bearer with a personal token.",
        401,
    ),
    Entry(
        "authentication_failed",
        "Not a valid credential",
        "The token or session is unknown, expired or revoked.",
        "Make a new token, or sign in again.",
        401,
    ),
    Entry(
        "role",
        "Not your role",
        "You can see this Thing, but your role does not allow this.",
        "Ask its owner for another role.",
        403,
    ),
    Entry(
        "scope",
        "Not in the token's scope",
        "Reading needs the scope read, anything else write; this token has not the one it needs.",
        "Use a token with that scope.",
        403,
    ),
    Entry(
        "csrf",
        "No CSRF token",
        "A request with a session cookie came without its CSRF token.",
        "Send X-CSRFToken, or use a personal token, which needs none.",
        403,
    ),
    Entry(
        "origin_not_allowed",
        "A page of another site",
        "A page of another origin asked whether it may use the API, and this site does not list that origin.",
        "Whoever runs the site adds the origin to the setting API_ORIGINS. Programs outside a browser need no entry.",
        403,
    ),
    Entry(
        "https_required",
        "Not over HTTPS",
        "The request came over plain HTTP to a site that is served over HTTPS. It was not carried out.",
        "Use the https address, and a new token: the one that was sent could be read on the way.",
        403,
    ),
    Entry("permission_denied", "Not allowed", "You may not do this.", "Ask an administrator.", 403),
    Entry(
        "not_found",
        "Not found",
        "There is nothing here that you can see. What is hidden from you and what does not exist look the same.",
        "Check the id, and whether the Thing is shared with you.",
        404,
    ),
    Entry(
        "method_not_allowed",
        "Method not allowed",
        "This address does not take that method.",
        "The Allow header lists those it takes.",
        405,
    ),
    Entry(
        "not_acceptable",
        "Not acceptable",
        "The answer cannot be given in the form asked for.",
        "Accept application/json.",
        406,
    ),
    Entry(
        "id_reused",
        "Request id used before",
        "The same request id came with another body or from another person.",
        "Make a new id for a new request; repeat an id only with the same body.",
        409,
    ),
    Entry(
        "cycle",
        "A widget inside itself",
        "The change would put a widget into one of its own children.",
        "Choose another parent.",
        409,
    ),
    Entry(
        "revision_ahead",
        "Revision ahead",
        "The revision you name has not happened yet.",
        "Fetch the Thing and go on from its position.",
        409,
    ),
    Entry(
        "base_too_old",
        "Base too old",
        "The text was edited from a revision too many changes back.",
        "Fetch the Thing, transform your edit over the present text, send it again.",
        409,
    ),
    Entry("trashed", "In the trash", "A Thing in the trash cannot change.", "Its owner can take it out.", 409),
    Entry(
        "timeout",
        "Not in time",
        "The body of the request did not come whole in the time it has.",
        "Send it again over a better line; nothing was changed.",
        408,
    ),
    Entry(
        "too_large",
        "Too large",
        "The request is over a limit of size or number.",
        "At most 500 actions, 10,000 effects and 1 MiB a request, and as much work as the limits allow; "
        "send it in parts.",
        413,
    ),
    Entry(
        "unsupported_media_type",
        "Unsupported media type",
        "The body is not in a form this address reads.",
        "Send Content-Type: application/json.",
        415,
    ),
    Entry(
        "invalid",
        "Not valid",
        "Some fields are missing, unknown or out of range. errors lists each with its path.",
        "Correct the fields named; nothing was changed.",
        422,
    ),
    Entry(
        "rate_limited",
        "Too many requests",
        "More requests than allowed in this time.",
        "Wait as long as Retry-After says.",
        429,
    ),
    Entry(
        "depth",
        "Too many parents",
        "The widget, or what lies inside it, would have more than 32 parents above it.",
        "Put it less deep. What lies deeper since earlier may stay and be edited.",
        422,
    ),
    Entry(
        "quota",
        "The Thing is full",
        "The Thing holds as many widgets, or as many bytes, as one Thing may.",
        "Delete some, or go on in another Thing; deleting and undo always work. A Thing remembers what was deleted: "
        "where that fills it, go on in a copy.",
        409,
    ),
    Entry(
        "quota",
        "Enough for today",
        "You have made as many of these today as one person may.",
        "Wait as long as Retry-After says: the next day begins at midnight UTC.",
        429,
    ),
    Entry(
        "throttled",
        "Too many tries",
        "Too many wrong passwords or tokens of one person or address.",
        "Wait as long as Retry-After says. Right tokens are never refused.",
        429,
    ),
    Entry(
        "headers_too_large",
        "Headers too large",
        "The request line and headers have too many bytes, or the headers are too many.",
        "Send fewer cookies and shorter addresses.",
        431,
    ),
    Entry(
        "internal",
        "Something broke here",
        "The server failed. The request may be sent again with the same id.",
        "Try again; tell us the request_id if it stays.",
        500,
    ),
    Entry(
        "busy",
        "Busy",
        "Too many requests wait to write this Thing, or too many bodies are on their way.",
        "Try again after Retry-After; the same id makes that safe.",
        503,
    ),
    Entry(
        "unavailable", "Not available", "A part this needs is away for a moment.", "Try again after Retry-After.", 503
    ),
)

STREAM_ERRORS = (
    Entry(
        "malformed",
        "Frame not understood",
        "The frame is not JSON as the protocol reads it.",
        "Correct it; the connection goes on.",
    ),
    Entry("unknown_type", "Unknown type", "No frame of this type is known.", "Look the type up in the protocol."),
    Entry(
        "unknown_service",
        "Unknown service",
        "No service of this name is on the stream.",
        "The welcome frame lists those there are.",
    ),
    Entry(
        "forbidden",
        "Forbidden",
        "You may not have this topic, or it does not exist.",
        "Check the topic and your role.",
    ),
    Entry(
        "limit",
        "Over a limit",
        "More subscriptions or larger values than welcome allows.",
        "Stay inside the limits told in welcome.",
    ),
    Entry("rate_limited", "Too many frames", "More frames than allowed in this time.", "Wait retry_after seconds."),
    Entry("busy", "Busy", "The service has too much of yours still to do.", "Send less, then go on."),
    Entry(
        "unavailable",
        "Not available",
        "The service did not answer in 5 seconds.",
        "Subscribe again a little later.",
    ),
    Entry(
        "internal",
        "Something broke here",
        "The service failed at this frame; it starts anew at the next.",
        "Try again.",
    ),
)

CLOSES = tuple(Entry(str(int(code)), code.title, code.issued_when, code.remedy) for code in CloseCode)

ENTRIES = PROBLEMS + STREAM_ERRORS + CLOSES
