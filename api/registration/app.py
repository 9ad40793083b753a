"""The registration system as an application of its own, with its own OpenAPI page."""

from api.registration.router import router
from api.web.application import System

SYSTEM = System(
    key="registration",
    title="Course registration",
    summary="Seats, a bounded reserve queue, and promotion when someone drops.",
    router=router,
)
