# Two images: `api` is the target, `lab` is the crowd, the seeder and the referee.

FROM python:3.13-slim AS base
ENV PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin stampede
WORKDIR /lab

# Wheels only, so no stage needs a compiler; pip goes when it has done its work. Where the registry is
# another than PyPI, pip's own configuration comes in as a secret and leaves nothing in a layer.
FROM base AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv

FROM packages AS api-packages
COPY requirements/api.txt .
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --quiet --require-hashes --only-binary :all: -r api.txt && pip uninstall --quiet --yes pip

FROM packages AS lab-packages
COPY requirements/lab.txt .
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --quiet --require-hashes --only-binary :all: -r lab.txt && pip uninstall --quiet --yes pip

FROM base AS api
COPY --from=api-packages /venv /venv
COPY --chown=stampede api api
USER stampede
EXPOSE 8500
CMD ["python", "-m", "api"]

FROM base AS lab
COPY --from=lab-packages /venv /venv
COPY --chown=stampede suite.toml .
COPY --chown=stampede sql sql
COPY --chown=stampede plans plans
COPY --chown=stampede baselines baselines
COPY --chown=stampede seed seed
COPY --chown=stampede locustfiles locustfiles
COPY --chown=stampede stampede stampede
COPY --chown=stampede deploy/flush_redis.py deploy/
USER stampede
ENTRYPOINT ["python", "-m"]
CMD ["stampede"]
