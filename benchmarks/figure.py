"""One measured ratio and the bound it is held against."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio; `detail` gives the two measurements that it is made of."""

    name: str
    ratio: float
    compare: Literal["<=", ">="]
    bound: float
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the ratio keeps its bound."""
        return self.ratio <= self.bound if self.compare == "<=" else self.ratio >= self.bound

    def describe(self) -> str:
        """One line."""
        word = "PASS" if self.holds else "FAIL"
        return f"{word}  {self.name}: {self.ratio:.2f} ({self.compare} {self.bound})  {self.detail}"
