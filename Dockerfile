# The product without its local servers: web, worker, beat and bot run from this image.
# compose.yaml passes the pinned image (deploy/images.lock).
ARG PYTHON_IMAGE=python:3.13-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY . .

# Made-up keys satisfy the settings here; the folder with them is gone in the same layer.
# Volumes are born with the owner of the folder they are laid over.
RUN DEBUG=0 PPOB_ALLOW_EMBEDDED=1 PPOB_DATA_DIR=/tmp/build \
        python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf /tmp/build \
    && useradd --create-home --uid 10001 app \
    && install -d -o app -g app /srv/media /srv/audit /var/lib/beat

USER app
EXPOSE 8000 8001
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "ppob.wsgi:application"]
