"""Every variable is explained, and a wrong one stops the start with one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, read_settings
from model.documents import meanings
from tests.support import ROOT


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def as_text(default: object) -> str:
    """A default as one would write it into a ``.env`` file."""
    match default:
        case None:
            return ""
        case bool():
            return str(int(default))
        case tuple():
            return ",".join(default)
        case _:
            return str(default)


def test_env_example_explains_every_variable_and_shows_its_default():
    told = meanings(Settings)
    entries = [
        f"# {field.description or told[name]}\n{name.upper()}={as_text(field.default)}"
        for name, field in Settings.model_fields.items()
    ]

    _, *written = (ROOT / ".env.example").read_text().strip().split("\n\n")

    assert written == entries


def test_env_example_copied_as_it_is_changes_nothing():
    Path(".env").write_text((ROOT / ".env.example").read_text())

    assert read_settings() == Settings(_env_file=None)


def test_import_needs_no_environment():
    """Whoever imports ``app`` to look at it must not need a key, a model or a file."""
    subprocess.run([sys.executable, "-c", "import app"], env={"PYTHONPATH": str(ROOT)}, check=True, cwd="/")


def test_values_come_from_the_environment_before_the_file(monkeypatch):
    Path(".env").write_text("CURRENCY=EUR\nLOG_LEVEL=debug\n")
    monkeypatch.setenv("CURRENCY", "SEK")

    settings = read_settings()

    assert (settings.currency, settings.log_level) == ("SEK", "DEBUG")


def test_lists_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://Shop.example, http://localhost:3000/")
    monkeypatch.setenv("API_KEYS", "one,two")

    settings = read_settings()

    assert settings.cors_origins == ("https://shop.example", "http://localhost:3000")
    assert [key.get_secret_value() for key in settings.api_keys] == ["one", "two"]


def test_groq_address_may_be_copied_with_its_path(monkeypatch):
    monkeypatch.setenv("GROQ_BASE_URL", "http://localhost:9000/openai/v1/")

    assert read_settings().groq_base_url == "http://localhost:9000"


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("CURRENCY", "pounds", "an ISO 4217 code has three letters, such as GBP"),
        ("LOG_LEVEL", "loud", "Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("CORS_ORIGINS", "shop.example", "must start with http:// or https:// and name a host"),
        (
            "CORS_ORIGINS",
            "https://shop.example/page",
            "an origin is scheme://host or scheme://host:port, nothing after it",
        ),
        ("GROQ_BASE_URL", "groq", "must start with http:// or https:// and name a host"),
        ("GROQ_TIMEOUT_SECONDS", "0", "Input should be greater than 0"),
        ("GROQ_TIMEOUT_SECONDS", "inf", "Input should be a finite number"),
        ("GROQ_MODELS", ",", "there is nothing between the commas; to leave it out, leave it empty"),
        ("API_KEYS", " , ", "there is nothing between the commas; to leave it out, leave it empty"),
        ("API_KEYS", "one,k\udcff", "a key has letters, digits and signs of ASCII alone, and no blanks"),
        (
            "API_KEYS",
            f"plain,shop:{'0' * 63}",
            "it is name:sha256, the digest in 64 hexadecimal digits; a plain key has no colon",
        ),
        ("METRICS_TOKEN", "two words", "a key has letters, digits and signs of ASCII alone, and no blanks"),
        ("RATE_LIMIT_PER_MINUTE", "-1", "Input should be greater than or equal to 0"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "a proxy is an address or a network, such as 10.0.0.0/8"),
        ("TRUSTED_PROXIES", "*", "a proxy is an address or a network, such as 10.0.0.0/8"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "must start with http:// or https:// and name a host"),
        ("GROQ_API_KEY", "gsk_é", "a key has letters, digits and signs of ASCII alone, and no blanks"),
        ("MAX_BODY_BYTES", "64k", "Input should be a valid integer, unable to parse string as an integer"),
        ("ALLOW_UNVERIFIED_MODEL", "maybe", "Input should be a valid boolean, unable to interpret input"),
    ],
)
def test_a_wrong_value_is_refused_with_name_value_and_rule(monkeypatch, name, value, rule):
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as refused:
        read_settings()

    message = str(refused.value)
    assert message.startswith(f"{name}=")
    assert message.endswith(f"is refused: {rule}")
    assert "\n" not in message


def test_a_file_in_another_encoding_is_refused_without_a_traceback():
    Path(".env").write_bytes("CURRENCY=£".encode("latin-1"))

    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        read_settings()


def test_no_secret_shows_where_settings_are_printed():
    secrets = {"groq_api_key": "gsk_secret", "api_keys": "secret_key", "redis_url": "redis://:secret@h"}
    settings = Settings(_env_file=None, **secrets, metrics_token="secret_token")

    assert "secret" not in repr(settings).replace("SecretStr", "")
    assert "secret" not in settings.model_dump_json()


@pytest.mark.parametrize("name", ["API_KEYS", "METRICS_TOKEN", "GROQ_API_KEY", "REDIS_URL", "LLM_BASE_URL"])
def test_no_secret_shows_where_it_is_refused(monkeypatch, name):
    monkeypatch.setenv(name, "http://me:secret words@host")

    with pytest.raises(SettingsError) as refused:
        read_settings()

    assert str(refused.value).startswith(f"{name}=(not shown) is refused: ")
    assert "secret" not in str(refused.value)


def test_unknown_variables_are_somebody_elses(monkeypatch):
    monkeypatch.setenv("PORT", "10000")
    Path(".env").write_text("SOMETHING=else\n")

    assert read_settings() == Settings(_env_file=None)
    assert "PORT" in os.environ
