"""How long a sign-in lasts, and what it may cost."""

from ppob.env import env

# Payout accounts, keys, roles, limits and sold codes ask for a sign-in this young.
FRESH_SIGN_IN_SECS = env.int("PPOB_FRESH_SIGN_IN_SECS", default=15 * 60)
# How long somebody stays signed in: without doing anything, and at the longest.
SESSION_LENGTHS = {
    "visitor": {"idle": 24 * 3600, "longest": 24 * 3600},
    "seller": {
        "idle": env.int("PPOB_SELLER_IDLE_SECS", default=14 * 24 * 3600),
        "longest": env.int("PPOB_SELLER_SESSION_SECS", default=30 * 24 * 3600),
    },
    "staff": {
        "idle": env.int("PPOB_STAFF_IDLE_SECS", default=30 * 60),
        "longest": env.int("PPOB_STAFF_SESSION_SECS", default=12 * 3600),
    },
}
# Argon2 takes 100 MB per hash: so many at once in one process, the others wait.
PASSWORD_HASHES_AT_ONCE = env.int("PPOB_PASSWORD_HASHES_AT_ONCE", default=2)
PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
