import pytest

from api.web.settings import Settings


def test_keys_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATABASE_URL": "x", "REDIS_URL": "x", "JWT_SECRET": "x" * 32, "API_KEYS": "one, two,"}.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]
    assert "one" not in repr(settings)
