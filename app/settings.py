"""Every environment variable of the service, once: name, unit, default, rule."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt, PositiveInt, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from model.documents import Described

# The name of a caller, and the SHA-256 of its key in hexadecimal digits.
NAMED_KEY = re.compile(r"([A-Za-z0-9._-]{1,40}):([0-9A-Fa-f]{64})")


class SettingsError(Exception):
    """A variable has a value that the service cannot start with; the message names variable, value and rule."""


def _split(value: object) -> object:
    """``a, b`` as a tuple; anything that is no text goes on to pydantic's own checks."""
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if value and not parts:
        raise ValueError("there is nothing between the commas; to leave it out, leave it empty")
    return parts


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must start with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("an address has no name and no password in it")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if value == "*":
        return value
    parts = urlsplit(_web_address(value))
    if parts.path or parts.query or parts.fragment:
        raise ValueError("an origin is scheme://host or scheme://host:port, nothing after it")
    return value.rstrip("/").lower()


def _currency_code(value: str) -> str:
    if not (len(value) == 3 and value.isascii() and value.isalpha()):
        raise ValueError("an ISO 4217 code has three letters, such as GBP")
    return value


def _sendable(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
        raise ValueError("a key has letters, digits and signs of ASCII alone, and no blanks")
    return value


def _key_of_caller(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if ":" in text and not NAMED_KEY.fullmatch(text):  # a digest that lost a digit must not become a key
        raise ValueError("it is name:sha256, the digest in 64 hexadecimal digits; a plain key has no colon")
    return value


def _proxy(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("a proxy is an address or a network, such as 10.0.0.0/8") from None


def _redis_address(value: SecretStr) -> SecretStr:
    try:
        parts = urlsplit(value.get_secret_value())
        is_address = parts.scheme in {"redis", "rediss", "unix"} and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address:
        raise ValueError("it must look like redis://host:6379/0")
    return value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


Item = TypeVar("Item")
Listed = Annotated[tuple[Item, ...], NoDecode, BeforeValidator(_split)]
Key = Annotated[SecretStr, AfterValidator(_sendable)]
KeyOfCaller = Annotated[Key, AfterValidator(_key_of_caller)]
Proxy = Annotated[str, AfterValidator(_proxy)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
# Whoever copied the full address meant the same host.
GroqAddress = Annotated[WebAddress, AfterValidator(lambda address: address.removesuffix("/openai/v1"))]
Origin = Annotated[str, AfterValidator(_origin)]
Currency = Annotated[str, BeforeValidator(_upper), AfterValidator(_currency_code)]
RedisAddress = Annotated[SecretStr, AfterValidator(_redis_address)]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]


class Settings(Described, BaseSettings):
    """Read once, when the server starts: from the environment, then from ``.env``."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    model_dir: Path = Path("model")
    """Folder of model.pkl and model_card.json, seen from where the service starts."""
    allow_unverified_model: bool = False
    """Also serve a model.pkl without a card. A pickle can run any code: allow your own only."""
    currency: Currency = Field("GBP", description="ISO 4217 code of every amount of money.")

    api_keys: Listed[KeyOfCaller] = ()
    """Keys of callers, each as name:sha256, comma-separated. Empty: no key is asked for."""
    metrics_token: Key | None = None
    """Bearer token that GET /metrics asks for. Empty: everybody may read it."""
    rate_limit_per_minute: NonNegativeInt = 0
    """Requests per minute of one key, else of one address; more are refused with 429. 0: no limit."""
    trusted_proxies: Listed[Proxy] = ()
    """Proxies whose X-Forwarded-For is believed, as addresses or networks, comma-separated."""
    admin_key: Key | None = None
    """Key for POST /admin/reload alone. Empty: nobody may administer the service over HTTP."""
    cors_origins: Listed[Origin] = ()
    """Origins whose pages may call from a browser, comma-separated. * allows all, without credentials."""
    max_body_bytes: PositiveInt = Field(65536, description="A longer request body is refused with 413.")
    max_batch_body_bytes: PositiveInt = 8_388_608
    """The same for a batch of customers; ten thousand of them take about 0.75 million."""
    max_orders_body_bytes: PositiveInt = 4_194_304
    """The same for the order lines of one customer; ten thousand take about 1.2 million."""
    max_concurrent_requests: PositiveInt = 256
    """Requests under way at the same time; one more is refused with 503."""
    max_concurrent_batches: PositiveInt = 8
    """The same for batches; each may hold its body and a slice of its answer in memory."""
    max_concurrent_orders: PositiveInt = 32
    """The same for customers with order lines; each keeps a processor busy for a tenth of a second."""
    max_upload_bytes: PositiveInt = 104_857_600
    """The same for an order file of a whole shop; it passes through a temporary folder."""
    max_shop_body_bytes: PositiveInt = 33_554_432
    """The same for the order lines of a whole shop as JSON; 200,000 take about 28 million."""
    max_concurrent_rankings: PositiveInt = 1
    """The same for whole shops; a million lines take half a gigabyte of memory and all processors."""
    otel_exporter_otlp_endpoint: WebAddress | None = None
    """OpenTelemetry collector (OTLP over HTTP) for traces and metrics, as http://localhost:4318."""
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    groq_api_key: Key | None = None
    """Key of the Groq API. Empty: insights are worded by rules alone."""
    groq_base_url: GroqAddress = "https://api.groq.com"
    """Where the Groq API answers, without /openai/v1."""
    groq_models: Listed[str] = Field(("openai/gpt-oss-20b", "openai/gpt-oss-120b"), min_length=1)
    """Models asked in this order, comma-separated; each must support strict JSON schemas."""
    llm_base_url: WebAddress | None = None
    """OpenAI-compatible server in Groq's place, as http://localhost:8000/v1, with key and models."""
    groq_timeout_seconds: float = Field(4.0, gt=0, allow_inf_nan=False)
    """Total deadline of one insight, over all models."""
    groq_calls_per_minute: NonNegativeInt = Field(25, description="Calls to Groq per minute; then rules answer.")
    groq_calls_per_day: NonNegativeInt = Field(900, description="Calls to Groq per day (UTC); then rules answer.")
    groq_max_concurrency: PositiveInt = Field(4, description="Calls to Groq at the same time.")

    insight_budget_ms: NonNegativeInt = 2500
    """Milliseconds that an answer waits for Groq's words; then rules answer."""
    insight_cache_size: NonNegativeInt = Field(10_000, description="Insights kept in memory, by pattern.")
    insight_cache_ttl_seconds: NonNegativeInt = 86_400
    """Seconds after which an insight is asked anew."""
    insight_language: Literal["en"] = "en"
    """Language of insights and actions; a text in another is refused. English (en) is what there is."""
    insight_actions: Path | None = None
    """TOML file with your own catalogue of actions. Empty: the built-in one."""
    insight_forbidden_words: Listed[str] = ()
    """Words or phrases that no text of a language model may hold, comma-separated, in any case."""
    redis_url: RedisAddress | None = None
    """Redis that processes share insights, quota and rate limit through. Empty: each has its own."""


def read_settings() -> Settings:
    """Settings from environment and ``.env``; raises SettingsError, in one line, where they break rules."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_complaint(detail) for detail in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {error}") from None


def _complaint(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0])
    is_secret = "SecretStr" in str(Settings.model_fields[name].annotation) or "@" in str(detail["input"])
    value = "(not shown)" if is_secret else repr(detail["input"])[:80]
    return f"{name.upper()}={value} is refused: {detail['msg'].removeprefix('Value error, ')}"
