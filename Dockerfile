# One image for every part of production; docker-compose.yml says which command each part runs.
FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements/production.txt requirements/production.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/production.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DEBUG=0 \
    DATA=/data STATIC_ROOT=/static MEDIA_ROOT=/media PRIVATE_ROOT=/private PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
RUN useradd --system --uid 10001 --no-create-home martunion \
    && mkdir -p /data /static /media /private /tmp/metrics \
    && chown martunion /data /static /media /private /tmp/metrics
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Compiled here so that the running containers need not write into the image.
RUN python -m martunion.translations
USER martunion
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "martunion.wsgi"]
