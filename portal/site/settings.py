"""One settings module. Every value comes from the environment and has a default that works."""

import base64
import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.translation import gettext_lazy as _

from portal.site import caches
from portal.site.launch import state
from portal.site.launch.places import broker_socket
from portal.site.secrets import read_or_make
from portal.site.static_version import digest

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent

# --- where things are ---------------------------------------------------------------------------
DATA_DIR = Path(env("COMMONHOLD_DATA", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
SECRETS_DIR = DATA_DIR / "secrets"
_served = state.addresses(DATA_DIR)  # a manage.py beside `up --port` speaks of the same addresses
PUBLIC_URL = env("COMMONHOLD_PUBLIC_URL", default=_served["public"]).rstrip("/")
CONTENT_URL = env("COMMONHOLD_CONTENT_URL", default=_served["content"]).rstrip("/")
DEBUG = env.bool("COMMONHOLD_DEBUG", default=False)
SECRET_KEY = read_or_make(SECRETS_DIR, "django")
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list(
    "COMMONHOLD_ALLOWED_HOSTS",
    default=sorted({urlsplit(PUBLIC_URL).hostname, urlsplit(CONTENT_URL).hostname, *LOOPBACK}),
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- the four apps and what they stand on -------------------------------------------------------
COMMONHOLD_APPS = ["portal", "governance", "models_registry", "finetuning"]
INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "governance.apps.GovernanceConfig",
    "models_registry.apps.ModelsRegistryConfig",
    "finetuning.apps.FinetuningConfig",
    "portal.site.apps.SiteConfig",
    "portal.people.admin_config.CommonholdAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
    "lucide",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.home.middleware.reporting_endpoints",
    "portal.home.middleware.one_name_here",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.people.middleware.language_of_person",
    "portal.errors_middleware.answer_refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "portal.site.urls"
WSGI_APPLICATION = "portal.site.wsgi.application"
# Hub routes are told apart on the raw path and have a short chain of their own (site/raw_path.py).
HUB_ROUTES = "models_registry.hub_api.routes.is_hub"
HUB_URLCONF = "models_registry.hub_api.urls"
HUB_MIDDLEWARE = [
    "models_registry.hub_api.wire.wire_headers",
    "models_registry.hub_api.authentication.credentials",
    "models_registry.hub_api.limits.rate_limited",
    "models_registry.hub_api.errors.refusals",
]
HUB_RATE_LIMITS = {  # requests in five minutes, of one person (or one address without a token)
    "api": env.int("COMMONHOLD_RATE_API", default=3000),
    "resolvers": env.int("COMMONHOLD_RATE_RESOLVERS", default=20000),
    "anonymous": env.int("COMMONHOLD_RATE_ANONYMOUS", default=3000),
    "dedup": env.int("COMMONHOLD_RATE_DEDUP", default=20000),  # a terabyte asks for some 16,000
}
TRANSFER_URLCONF = "portal.site.transfer_urls"
TRANSFER_MIDDLEWARE: list[str] = ["models_registry.transfer.middleware.sandboxed"]
TRANSFER_PREFIXES = ["/content/", "/uploads/", "/xet/", "/v1/"]
# With --one-port: how many transfers one process carries at a time, of its 16 threads.
ONE_PORT_TRANSFERS = env.int("COMMONHOLD_ONE_PORT_TRANSFERS", default=8)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
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
                "portal.home.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.ui",
                "portal.templatetags.amounts",
            ],
        },
    }
]
FORM_RENDERER = "portal.home.rendering.Renderer"

# --- database -----------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA journal_size_limit=67108864;"
            "PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;"
        ),
    }
# A connection outlives its request: to open SQLite with our pragmas costs as much as four queries.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("COMMONHOLD_CONNECTION_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "portal.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_ADAPTER = "portal.people.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "portal.people.forms.SignUp",
    "login": "portal.people.forms.SignIn",
    "add_email": "portal.people.forms.AddEmail",
    "change_password": "portal.people.forms.ChangePassword",
    "reset_password": "portal.people.forms.ResetPassword",
    "reset_password_from_key": "portal.people.forms.ResetPasswordFromKey",
    "reauthenticate": "portal.people.forms.Reauthenticate",
}
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {  # amount/time/per, per address, person (user) or e-mail (key)
    "signup": env("COMMONHOLD_RATE_SIGN_UP", default="20/m/ip"),
    "login": env("COMMONHOLD_RATE_SIGN_IN", default="30/m/ip"),
    "login_failed": env("COMMONHOLD_RATE_SIGN_IN_FAILED", default="10/m/ip,5/5m/key"),
    "reset_password": env("COMMONHOLD_RATE_RESET", default="20/m/ip,5/m/key"),
    "confirm_email": env("COMMONHOLD_RATE_CONFIRM_EMAIL", default="1/1m/key"),
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("COMMONHOLD_TRUSTED_PROXIES", default=0)
SIGN_UP_OPEN = env.bool("COMMONHOLD_SIGN_UP_OPEN", default=True)
MINIMUM_AGE = env.int("COMMONHOLD_MINIMUM_AGE", default=16)  # years, declared at sign-up
# A portal that only this machine can reach shows mailed links on the page and in its log.
SHOW_MAILED_LINKS = urlsplit(PUBLIC_URL).hostname in {"localhost", "127.0.0.1", "::1"}
TOTP_KEY = base64.urlsafe_b64encode(
    hashlib.sha256(read_or_make(SECRETS_DIR, "totp").encode()).digest()
)
MFA_ADAPTER = "portal.people.adapter.MFAAdapter"
USERSESSIONS_ADAPTER = "portal.people.adapter.SessionsAdapter"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "portal.people.forms.SecondStep",
    "reauthenticate": "portal.people.forms.SecondStepAgain",
    "activate_totp": "portal.people.forms.AddApp",
    "add_webauthn": "portal.people.forms.AddPasskey",
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "commonhold_session"
CSRF_FAILURE_VIEW = "portal.errors_middleware.csrf_failure"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "commonhold_csrf"

# --- words --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
SITE_NAME = env("COMMONHOLD_SITE_NAME", default="Commonhold")
SITE_TAGLINE = _("Open weights, held in common")

# --- static files -------------------------------------------------------------------------------
STATIC_URL = f"/static/{digest(BASE_DIR / 'static', BASE_DIR / 'requirements.txt')}/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0 if DEBUG else 365 * 24 * 3600
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(mode=0o700, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- what browsers may load ---------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", CONTENT_URL],
        "media-src": [CONTENT_URL],
        "font-src": ["'self'"],
        "connect-src": ["'self'", CONTENT_URL],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "report-to": ["csp"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- jobs ---------------------------------------------------------------------------------------
BROKER_URL = env("COMMONHOLD_BROKER_URL", default=f"redis+socket://{broker_socket(DATA_DIR)}")
CELERY_APP = "portal.site.celery.app"

# --- what processes remember together (rate limits) and alone (rendered cards) --------------------
CACHES = caches.configured(BROKER_URL, env("COMMONHOLD_CACHE_URL", default=""))

# --- what goes to the log of a process: our mistakes with their traceback, no personal data ------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env("COMMONHOLD_LOG_LEVEL", default="WARNING")},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
    },
}

# --- mail ---------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail:///" + str(DATA_DIR / "mail"))
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env("COMMONHOLD_MAIL_FROM", default="Commonhold <noreply@localhost>")

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.parsing.StorableJson"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portal.tokens.authentication.BearerToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.errors_middleware.rest_refusal",
    "DEFAULT_THROTTLE_CLASSES": [
        "portal.api.throttling.PersonRate",
        "portal.api.throttling.AddressRate",
    ],
    "NUM_PROXIES": env.int("COMMONHOLD_TRUSTED_PROXIES", default=0),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_RATE_PERSON = env("COMMONHOLD_RATE_REST_PERSON", default="1200/min")
REST_RATE_ADDRESS = env("COMMONHOLD_RATE_REST_ADDRESS", default="600/min")
RATE_DEVICE_CODES = env("COMMONHOLD_RATE_DEVICE_CODES", default="20/min")
REST_RATE_LEAKS = env("COMMONHOLD_RATE_LEAKS", default="60/min")
SPECTACULAR_SETTINGS = {
    "TITLE": "Commonhold",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "TokenRole": "portal.tokens.models.TokenRole",
        "OrganisationRole": "portal.organisations.models.Role",
        "ProposalKind": "governance.proposals.models.Kind",
        "ProposalState": "governance.proposals.states.State",
        "PollState": "governance.polls.models.PollState",
        "ThreadState": "governance.feedback.models.ThreadState",
        "FeedbackTarget": "governance.feedback.models.Target",
        "ReactionSign": "governance.feedback.models.Reaction.Sign",
        "OfficeRole": "governance.elections.models.Role",
        "OfficeWay": "governance.elections.models.Way",
        "ElectionState": "governance.elections.models.ElectionState",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- what installation fetched ------------------------------------------------------------------
ASSETS_DIR = Path(env("COMMONHOLD_ASSETS", default=str(BASE_DIR / ".venv" / "assets")))

# --- members' bytes ---------------------------------------------------------------------------
CONTENT_DIR = DATA_DIR / "content"
CONTENT_FREE_FLOOR = env.int("COMMONHOLD_FREE_FLOOR", default=512 * 2**20)  # bytes left to others
S3_BUCKET = env("COMMONHOLD_S3_BUCKET", default="")  # keeps content instead of CONTENT_DIR
S3_ENDPOINT = env("COMMONHOLD_S3_ENDPOINT", default="")  # for us and for clients; "": Amazon's
S3_REGION = env("COMMONHOLD_S3_REGION", default="us-east-1")
NGINX_KEY = env("COMMONHOLD_NGINX_KEY", default="")  # what nginx adds to requests, see deploy/
CRASH_POINTS = env.bool("COMMONHOLD_CRASH_POINTS", default=False)  # tests only: see CRASH_AT

# --- evaluation -------------------------------------------------------------------------------
EVALUATION_ON = env.bool("COMMONHOLD_EVALUATION", default=True)
EVALUATION_DEVICE = env("COMMONHOLD_EVALUATION_DEVICE", default="cpu")  # or cuda: the gpu queue
EVALUATION_THREADS = env.int("COMMONHOLD_EVALUATION_THREADS", default=1)
