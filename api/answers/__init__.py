"""What the target answers, once it has decided: one setting, `ANSWERS`.

`truthful` sends every answer as decided, and adds no code to a request's way. The others decide correctly, keep the
database correct, and lie to the client: the database alone cannot show it, only a comparison with what clients were
told can. They exist to prove that the referee makes that comparison. No service knows which one is active.

Layers stand around a system's application (ASGI); `EarlyAnswer` stands around the locking strategy, since it has to act
between decision and commit.
"""

from fastapi import FastAPI
from starlette.types import ASGIApp

from api.answers.early import EarlyAnswer
from api.answers.layers import FalseRefusal, Layer, StaleAnswer, SwappedAnswer
from api.guards.contention import Strategy
from api.web.settings import Settings

LAYERS: dict[str, type[Layer]] = {
    "false_refusal": FalseRefusal,
    "stale_answer": StaleAnswer,
    "swapped_answer": SwappedAnswer,
}


def around_application(settings: Settings, app: FastAPI) -> ASGIApp:
    """The application as its clients meet it: itself, or behind the layer that `ANSWERS` names."""
    layer = LAYERS.get(settings.answers)
    return app if layer is None else layer(app)


def around_strategy(settings: Settings, guard: Strategy) -> Strategy:
    """Return the locking strategy, wrapped to answer before its commit under `early_answer`."""
    return EarlyAnswer(guard) if settings.answers == "early_answer" else guard
