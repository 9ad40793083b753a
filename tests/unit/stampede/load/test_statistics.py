from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from stampede.load.statistics import Latency


@given(st.lists(st.integers(0, 10**5), min_size=1), st.floats(0.1, 100))
def test_percentile_is_the_nearest_rank(units: list[int], percent: float) -> None:
    expected = sorted(units)[ceil(len(units) * percent / 100) - 1]
    assert Latency(Counter(units)).percentile_ms(percent) == expected / 10
