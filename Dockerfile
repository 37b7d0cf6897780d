# Two images from one file: `service` for an office, `demo` with the simulators of the tests beside.
# Nothing runs as root, nothing is written but /var/lib/doisoat and /tmp.

FROM python:3.11-slim-bookworm AS wheels
WORKDIR /build
COPY requirements.txt pyproject.toml README.md LICENSE ./
COPY config config
COPY connectors connectors
COPY reconcile reconcile
COPY worker worker
RUN python -m venv /opt/doisoat \
 && /opt/doisoat/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt \
 && /opt/doisoat/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm AS service
RUN useradd --system --uid 10001 --create-home --home-dir /office doisoat \
 && install -d -o doisoat -g doisoat -m 0700 /var/lib/doisoat
COPY --from=wheels /opt/doisoat /opt/doisoat
ENV PATH=/opt/doisoat/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DOISOAT_CONFIG=/office/doisoat.toml \
    DOISOAT_OFFICE__DATA_DIR=/var/lib/doisoat
USER 10001
WORKDIR /office
EXPOSE 8069
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["python", "-m", "worker.probe"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["doisoat"]
CMD ["serve", "--config", "/office/doisoat.toml"]

FROM service AS demo
COPY --chown=10001 tests/__init__.py /opt/demo/tests/__init__.py
COPY --chown=10001 tests/simulators /opt/demo/tests/simulators
WORKDIR /opt/demo
EXPOSE 8081 8082
HEALTHCHECK NONE
ENTRYPOINT ["python"]
CMD ["-m", "tests.simulators.serving"]
