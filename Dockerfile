# One image for every process of Tera: `tera serve <service> --role <role>`, `tera migrate`, ...
# The interpreter is the one that the tests run on.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all: PIP_REQUIRE_HASHES=1
WORKDIR /build
# What changes rarely comes first. Every file is one whose hash is locked, the build tools too.
COPY requirements-runtime.lock requirements-build.lock ./
RUN python -m venv --without-pip /opt/tera \
    && python -m pip --python /opt/tera/bin/python install -r requirements-runtime.lock \
    && python -m pip install -r requirements-build.lock
COPY . .
RUN python -m hatchling build -t wheel -d /build/wheels \
    && PIP_REQUIRE_HASHES=0 python -m pip --python /opt/tera/bin/python install --no-deps --no-index \
        /build/wheels/tera-*.whl

FROM python:${PYTHON}
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Tera" \
      org.opencontainers.image.description="Measures public service: every answer becomes an explained score." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/tera /opt/tera
# Modules were compiled when they were installed: nothing is written at run time, anywhere.
ENV PATH=/opt/tera/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /
EXPOSE 8000 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('TERA_METRICS_PORT', '9000') + '/livez', timeout=4)"]
ENTRYPOINT ["tera"]
CMD ["--help"]
