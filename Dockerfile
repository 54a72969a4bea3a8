# One image for the site, the workers, the clock and the watch: docker-compose.yml says which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin app

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY manage.py ./
COPY config ./config
COPY webinars ./webinars
COPY registrations ./registrations
COPY notifications ./notifications
# Settings are read from the environment; these two commands connect to nothing.
RUN export SITE_URL=https://build.example SECRET_KEY=build LINK_KEYS=build \
        DATABASE_URL=postgresql://build/build REDIS_URL=redis://build EMAIL_URL=smtp://build \
    && python -m config.catalogs compile \
    && python manage.py collectstatic --no-input --verbosity 0

USER app
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-m", "config.probe", "web"]
# No access log: the paths of private links would stand in it.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "4", "--log-level", "warning", "--no-access-log", \
     "config.wsgi:application"]
