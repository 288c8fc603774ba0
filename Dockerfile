# The service alone, from the committed model; it writes nowhere but to /tmp:
#   docker build -t customer-value .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges -p 8000:8000 --env-file .env customer-value
FROM python:3.13.17-slim AS build
WORKDIR /srv
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
COPY app app
COPY model model
COPY training training
# Byte-code is compiled here once, not by every start: a read-only file system keeps none.
RUN /venv/bin/python -m compileall -q app model training

FROM python:3.13.17-slim
COPY --from=build /venv /venv
COPY --from=build /srv /srv
WORKDIR /srv
ENV PATH="/venv/bin:$PATH" PYTHONDONTWRITEBYTECODE="1"
# A user without a name, a home or a file of its own.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# Idle connections stay longer than a proxy in front reuses them (mostly 60 s); requests get 20 seconds to finish in.
CMD ["uvicorn", "app:app", "--host", "0.0.0.0", "--port", "8000", "--log-level", "warning", "--no-server-header", "--timeout-keep-alive", "75", "--timeout-graceful-shutdown", "20"]
