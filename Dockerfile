# Two images from one file: `service` for an office, `demo` with the simulators of the tests beside.
# Nothing runs as root, nothing is written but /var/lib/doisoat and /tmp.
# Without a network: a registry of your own names the base image (PYTHON_IMAGE), and the wheels of
# requirements.txt lie in wheelhouse/ beside this file (pip download --require-hashes --no-deps
# --only-binary :all: -r requirements.txt -d wheelhouse); pip then asks no index.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS wheels
WORKDIR /build
COPY requirements.txt pyproject.toml README.md LICENSE ./
# One file that is always there: the old builder refuses a pattern that matches nothing.
COPY LICENSE wheelhous[e] wheelhouse/
COPY config config
COPY connectors connectors
COPY reconcile reconcile
COPY worker worker
RUN python -m venv /opt/doisoat \
 && { ls wheelhouse/*.whl > /dev/null 2>&1 && set -- --no-index --find-links wheelhouse || set --; } \
 && /opt/doisoat/bin/pip install --no-cache-dir --require-hashes --no-deps "$@" -r requirements.txt \
 && /opt/doisoat/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE} AS service
# User and group have the same number: the files that `init` makes beside docker-compose.yml name it.
RUN groupadd --gid 10001 doisoat \
 && useradd --uid 10001 --gid 10001 --no-log-init --create-home --home-dir /office doisoat \
 && install -d -o doisoat -g doisoat -m 0700 /var/lib/doisoat
COPY --from=wheels /opt/doisoat /opt/doisoat
ENV PATH=/opt/doisoat/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DOISOAT_CONFIG=/office/doisoat.toml \
    DOISOAT_OFFICE__DATA_DIR=/var/lib/doisoat
USER 10001
WORKDIR /office
EXPOSE 8068 8069
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
