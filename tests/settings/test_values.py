"""Durations as Go writes them, there and back; secrets that nothing shows."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.settings.values import UNITS, Duration, Secret


class TestDuration:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("25s", 25), ("1h30m", 5400), ("300ms", 0.3), ("1.5h", 5400), (".5s", 0.5), ("720h", 2_592_000), ("0", 0)],
    )
    def test_is_read_as_go_reads_it(self, text: str, seconds: float) -> None:
        assert Duration.parse(text) == pytest.approx(seconds)

    @pytest.mark.parametrize(
        "text", ["", "25", "s", "25 s", "1d", "-", "1s1", "१s", "1e3s", "9" * 400 + "h", "876001h"]
    )
    def test_what_is_none_is_refused_without_being_shown(self, text: str) -> None:
        with pytest.raises(ValueError, match="duration") as caught:
            Duration.parse(text)
        assert len(str(caught.value)) < 80

    @given(st.integers(0, 3 * 10**9))
    def test_whole_seconds_come_back_as_they_were_shown(self, seconds: int) -> None:
        assert float(Duration.parse(str(Duration(seconds)))) == seconds

    @given(st.lists(st.tuples(st.integers(0, 10**5), st.sampled_from(sorted(UNITS))), min_size=1, max_size=5))
    def test_is_the_sum_of_its_parts(self, parts: list[tuple[int, str]]) -> None:
        text = "".join(f"{count}{unit}" for count, unit in parts)
        assert Duration.parse(text) == pytest.approx(sum(count * UNITS[unit] for count, unit in parts))

    @given(st.text(max_size=20))
    def test_any_text_is_one_or_a_value_error(self, text: str) -> None:
        try:
            assert Duration.parse(text) == Duration.parse(text)
        except ValueError:
            pass

    def test_parts_of_a_second_are_shown(self) -> None:
        assert (str(Duration(0.3)), str(Duration(1.5)), repr(Duration(90))) == ("300ms", "1.5s", "1m30s")


class TestSecret:
    @given(st.text(min_size=4))
    def test_is_never_shown(self, text: str) -> None:
        secret = Secret(text)
        for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", "%s" % secret):  # noqa: UP031
            assert text not in shown or text in "***"
        assert secret.reveal() == text

    def test_is_compared_by_its_text(self) -> None:
        assert Secret("a") == Secret("a") != Secret("b")
        assert len({Secret("a"), Secret("a")}) == 1
        assert Secret("a") != "a"

    def test_an_empty_one_is_none(self) -> None:
        assert not Secret()
        assert Secret("x")

    def test_is_not_pickled(self) -> None:
        with pytest.raises(TypeError):
            pickle.dumps(Secret("a"))
