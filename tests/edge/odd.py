"""What nobody sends by accident: values that have broken programs elsewhere."""

import json

MOST = 2**63 - 1

# As they stand in an address; Python refuses to read a number of over 4,300 digits.
NUMBERS = {
    "4,400 digits": "9" * 4_400,
    "a negative one with 4,400 digits": "-" + "9" * 4_400,
    "2^31": str(2**31),
    "2^63": str(MOST + 1),
    "2^63 + 1": str(MOST + 2),
    "2^64": str(2**64),
    "minus one": "-1",
    "Arabic digits": "%D9%A1%D9%A2",
    "a superscript": "%C2%B2",
    "a float": "1e400",
    "not a number": "NaN",
    "with underscores": "1_000",
    "with spaces": "%2012%20",
}
TEXTS = {
    "NUL": "%00",
    "NUL in the middle": "a%00b",
    "no UTF-8": "%ff",
    "half of a pair": "%ed%a0%80",
    "overlong": "%c0%ae%c0%ae",
    "cut off": "%e2%82",
    "right to left": "%E2%80%AE%D8%A7%D8%A8",
    "newlines": "a%0d%0aSet-Cookie:%20x=1",
    "quotes": "%27%22%3E%3Cscript%3E",
    "a pattern": "%25%25_%5C",
    "dots": "..%2f..%2fetc%2fpasswd",
    "braces": "%7B%7B7*7%7D%7D%25s%28x%29s",
    "much": "x" * 20_000,
    "nothing": "",
}
ODD = {**NUMBERS, **TEXTS}
# Bytes that are no text, or text that no column keeps: nothing may look at it.
UNKEPT = {
    name: TEXTS[name]
    for name in (
        "NUL",
        "NUL in the middle",
        "no UTF-8",
        "half of a pair",
        "overlong",
        "cut off",
    )
}

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "null": b"null",
    "a number": b"17",
    "a text": b'"x"',
    "a list": b"[]",
    "no UTF-8": b'{"products": ["\xff"]}',
    "NaN": b'{"products": [], "is_visible": NaN}',
    "infinity": b'{"products": [1e400], "is_visible": true}',
    "4,400 digits": b'{"products": [' + b"9" * 4_400 + b"]}",
    "2^63": b'{"products": [9223372036854775808], "is_visible": true}',
    "NUL": b'{"products": ["\\u0000"], "is_visible": true}',
    "half of a pair": b'{"products": ["\\ud800"], "is_visible": true}',
    "half of a pair as a key": b'{"\\ud800": 1}',
    "deep": b"[" * 50_000,
    "deep and whole": b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    "a list for a text": b'{"products": {"a": []}, "is_visible": []}',
    "a key twice": b'{"is_visible": true, "is_visible": false}',
    "NUL in an account": b'{"game": "ML", "user_id": "1\\u0000"}',
    "half of a pair in an account": b'{"game": "ML", "user_id": "\\udc00"}',
    "an account of other things": b'{"game": {"a": 1}, "user_id": [], "server": {}}',
    "an account of fractions": b'{"game": "GAME-ARC", "user_id": 156378300.8483}',
    "much": json.dumps({"products": ["x" * 300_000]}).encode(),
}
