"""Django's settings; the environment decides what differs between installations."""

from pathlib import Path

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from ppob import browser_rules, databases, log_lines, sign_ins
from ppob import env as environment
from ppob.env import DEBUG, env
from ppob.kit.urls import mailbox_at
from ppob.local import credentials, paths
from ppob.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Web -----------------------------------------------------------------------------

SECRET_KEY = environment.required("PPOB_SECRET_KEY")
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{environment.WEB_PORT}")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else []
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# How many proxies of our own a request passes; each adds an address it can vouch for.
# Without one, nothing that a request says of its way here is believed.
PROXY_HOPS = env.int("PPOB_PROXY_HOPS", default=0 if DEBUG else 1)
SOCKET_ORIGINS = browser_rules.socket_origins(
    site=SITE_URL,
    trusted=CSRF_TRUSTED_ORIGINS,
    local_hosts=ALLOWED_HOSTS if DEBUG else [],
    port=environment.WEB_PORT,
)

INSTALLED_APPS = [
    "ppob",
    "security",
    "security.discord",
    "tenants",
    "catalog",
    "inventory",
    "payments",
    "bot",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
]

MIDDLEWARE = [
    "security.origin.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "ppob.kit.headers.AnswerHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "security.session_store.SessionLengthMiddleware",
    "security.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ppob.kit.bodies.RefusedBodyMiddleware",
    "security.uploads.UploadMiddleware",
    "tenants.middleware.StoreMiddleware",
    "ppob.kit.edge.PlainTextMiddleware",
    "ppob.kit.pages.RefusalMiddleware",
]

ROOT_URLCONF = "ppob.urls"
ASGI_APPLICATION = "ppob.asgi.application"
WSGI_APPLICATION = "ppob.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ppob.home.site.site",
            ],
        },
    }
]

# --- Data ----------------------------------------------------------------------------

POOL_SIZE = env.int("PPOB_POOL_SIZE", default=10)

DATABASES = {
    "default": databases.database("app", pool_size=POOL_SIZE),
    # Work across tenants: `tenants.cross_tenant` alone uses it.
    "platform": databases.database("platform", pool_size=max(2, POOL_SIZE // 2)),
}
# Owns the tables: migrations alone use it, so only they need its address.
if environment.has_owner():
    DATABASES["owner"] = databases.database("owner", pool_size=0)
DATABASE_ROUTERS = ["ppob.kit.postgres.router.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "ppob.kit.cache.SturdyCache",
        "LOCATION": environment.redis_url(1),
        "KEY_PREFIX": "ppob",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # redis-py 8 gives up reading after 5 s; an idle page must stay open.
            "hosts": [{"address": environment.redis_url(2), "socket_timeout": None}],
            "prefix": "ppob",
            "capacity": 1000,
        },
    }
}

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(paths.data_dir() / "media")))
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
DEFAULT_EXCEPTION_REPORTER_FILTER = "ppob.kit.error_pages.NamesOnlyFilter"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- Discord and other people's servers ----------------------------------------------

DISCORD_BOT_TOKEN = env.str("DISCORD_BOT_TOKEN", default="")
IS_SIMULATED = DEBUG and not DISCORD_BOT_TOKEN

SIMULATOR_URL = env.str(
    "PPOB_SIMULATOR_URL", default=f"http://localhost:{environment.SIMULATOR_PORT}"
)
GATEWAY_SIMULATOR_URL = env.str(
    "PPOB_GATEWAY_SIMULATOR_URL",
    default=f"http://localhost:{environment.GATEWAY_PORT}",
)
SUPPLIER_SIMULATOR_URL = env.str(
    "PPOB_SUPPLIER_SIMULATOR_URL",
    default=f"http://localhost:{environment.SUPPLIER_PORT}",
)
# Callbacks come from other servers; the simulator reaches us on this machine.
CALLBACK_URL = env.str("CALLBACK_URL", default=SITE_URL)
# What suppliers see requests come from, where the operator says it: sellers allow it
# there. Nothing here asks the internet for it.
OUTGOING_ADDRESS = env.str("PPOB_OUTGOING_ADDRESS", default="")
# Gateways insist on a buyer's e-mail address, and Discord's buyers have none here: they
# get one of this installation's own domain, never one of somebody else's.
BUYER_EMAIL = env.str("PPOB_BUYER_EMAIL", default="") or mailbox_at(
    SITE_URL, "no-reply"
)

_discord_site = SIMULATOR_URL if IS_SIMULATED else "https://discord.com"
# Where a gateway sends the payer's browser afterwards: back to the ticket's app.
BUYER_RETURN_URL = SIMULATOR_URL if IS_SIMULATED else "https://discord.com/channels/@me"
DISCORD = {
    "API_BASE": env.str("DISCORD_API_BASE", default=f"{_discord_site}/api/v10"),
    "AUTHORIZE_URL": env.str(
        "DISCORD_AUTHORIZE_URL", default=f"{_discord_site}/oauth2/authorize"
    ),
    "SITE": _discord_site,
    # Only the local Discord needs these two; discord.py knows the real ones.
    "GATEWAY_URL": (
        f"{SIMULATOR_URL.replace('http', 'ws', 1)}/gateway" if IS_SIMULATED else ""
    ),
    "CDN_BASE": f"{SIMULATOR_URL}/cdn" if IS_SIMULATED else "",
    "CLIENT_ID": env.str(
        "DISCORD_CLIENT_ID",
        default=str(credentials.APPLICATION_ID) if IS_SIMULATED else "",
    ),
    "CLIENT_SECRET": env.str(
        "DISCORD_CLIENT_SECRET",
        default=credentials.CLIENT_SECRET if IS_SIMULATED else "",
    ),
    "BOT_TOKEN": DISCORD_BOT_TOKEN or (credentials.BOT_TOKEN if IS_SIMULATED else ""),
}

# --- People --------------------------------------------------------------------------

AUTH_USER_MODEL = "security.User"
AUTHENTICATION_BACKENDS = [
    "security.services.hashing.PasswordBackend",
    "security.discord.backend.DiscordBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = sign_ins.PASSWORD_VALIDATORS
LOGIN_URL = "/"
LOGIN_REDIRECT_URL = "/toko/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "security.discord.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*"]
SOCIALACCOUNT_ADAPTER = "security.discord.adapters.SocialAdapter"
# Discord is the only way in all the same: no other address of allauth is installed, and
# nobody signs up by a form (AccountAdapter). `SOCIALACCOUNT_ONLY` excludes its factors.
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "discord": {
        "SCOPE": ["identify", "guilds"],
        "OAUTH_PKCE_ENABLED": True,
        "APP": {
            "client_id": DISCORD["CLIENT_ID"],
            "secret": DISCORD["CLIENT_SECRET"],
            "key": "",
        },
    }
}
FRESH_SIGN_IN_SECS = sign_ins.FRESH_SIGN_IN_SECS
SESSION_LENGTHS = sign_ins.SESSION_LENGTHS
PASSWORD_HASHES_AT_ONCE = sign_ins.PASSWORD_HASHES_AT_ONCE
SESSION_ENGINE = "security.session_store"
# The cookie may outlive the session; the server alone decides when that ends.
SESSION_COOKIE_AGE = SESSION_LENGTHS["seller"]["longest"]
STAFF_SIGN_IN = "security.dashboard.staff.sign_in_page"
SESSION_COOKIE_NAME = browser_rules.cookie_name("ppob_session", is_secure=not DEBUG)

# --- Secrets at rest -----------------------------------------------------------------

# `id:key,id:key`; the first seals, all of them open. See security/crypto.py.
MASTER_KEYS = environment.required("PPOB_MASTER_KEYS")

# --- Audit trail ---------------------------------------------------------------------

# Where the ends of the audit chains are written down every hour, besides the log. It
# belongs onto another disk than the database's.
AUDIT_HEADS_FILE = env.str(
    "PPOB_AUDIT_HEADS",
    default=(
        str(paths.data_dir() / "audit-heads.jsonl") if environment.IS_LOCAL else ""
    ),
)

# --- Security headers ----------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts send the page's own token
CSRF_COOKIE_NAME = browser_rules.cookie_name("csrftoken", is_secure=not DEBUG)
if PROXY_HOPS > 0:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if not DEBUG:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True

CONTENT_SECURITY_POLICY = browser_rules.policy(
    discord=_discord_site,
    pictures=["https://cdn.discordapp.com", *([SIMULATOR_URL] if IS_SIMULATED else [])],
    sockets=browser_rules.as_sockets(SOCKET_ORIGINS),
)
ADMIN_POLICY = browser_rules.ADMIN_POLICY

# --- Jobs ----------------------------------------------------------------------------

CELERY_BROKER_URL = environment.broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # Whoever asks for a job must not wait for a broker that is away.
    "max_retries": 1,
    "interval_start": 0,
    "interval_max": 0.1,
}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- API -----------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["ppob.kit.json_bodies.PlainJSONParser"],
    "NUM_PROXIES": PROXY_HOPS,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "ppob.kit.drf.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PPOB store API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "AdjustmentKind": "payments.states.AdjustmentKind",
        "CheckState": "inventory.states.CheckState",
        "FieldKind": "catalog.destinations.FieldKind",
        "Obstacle": "inventory.states.Obstacle",
        "OrderStatus": "payments.states.OrderStatus",
        "PaymentStatus": "payments.states.PaymentStatus",
        "ProductKind": "catalog.states.ProductKind",
    },
}

# --- Limits --------------------------------------------------------------------------

# How often one person may press in one server in ten seconds (see bot.ui.brake).
MOST_PRESSES = env.int("PPOB_MOST_PRESSES", default=10)
# How many forms with files one person may send in a minute, and how many bytes: six of
# the largest pictures (see security.uploads).
MOST_UPLOADS = env.int("PPOB_MOST_UPLOADS", default=30)
MOST_UPLOAD_BYTES = env.int("PPOB_MOST_UPLOAD_BYTES", default=30 * 1024 * 1024)

# --- Language and time ---------------------------------------------------------------

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
USE_I18N = True

# --- Admin theme ---------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "PPOB",
    "SITE_HEADER": _("Platform staff"),
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("img/mark.svg"),
        }
    ],
}

# --- Logs ----------------------------------------------------------------------------

LOGGING = log_lines.LOGGING
