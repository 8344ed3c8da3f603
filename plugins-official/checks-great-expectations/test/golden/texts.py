"""Asks Python what it reads and matches: strptime, re, repr of floats, jsonschema, DataFrame.query. python texts.py, written to texts.json."""
import json
import os
import re
import warnings
from datetime import datetime

import jsonschema
import pandas as pd

warnings.filterwarnings("ignore")
formats = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%I:%M %p", "%b %d %Y", "%A, %d %B %Y", "%j/%Y", "%Y%m%d", "%H:%M%z", "100%% %d", "%c", "%x %X", "%a %w", "%d %m", "%m/%d", "(%Y)"]
stamps = ["2020-01-01", "2020-02-30", "2020-2-9", " 2020-01-01", "2020-01-01 ", "2024-02-29", "2023-02-29", "01/02/2021", "31/04/2021", "1/2/2021", "29.02.24", "29.02.69", "29.02.68", "01.13.20", "2021-12-31T10:00:00", "2021-12-31T24:00:00", "2021-12-31T23:59:61", "2021-12-31T23:59:62", "2021-12-31 10:00:00.123456", "2021-12-31 10:00:00.1234567", "2021-12-31 10:00:00.1", "12:30 pm", "13:30 PM", "1:5 AM", "Jan 05 2020", "jan 5 2020", "JAN  5 2020", "Feb 30 2020", "Monday, 06 January 2020", "Sunday, 6 May 2020", "366/2020", "366/2021", "001/2020", "000/2020", "20200101", "2020011", "202011", "10:00+0200", "10:00+02:00", "10:00Z", "10:00-0160", "10:00", "100% 5", "Mon Jan  6 10:00:00 2020", "01/06/20 10:00:00", "Mon 1", "Mon 7", "29 02", "28 02", "02/29", "", "0000-01-01", "(2020)", "9999-12-31"]


def reads(text, fmt):
    try:
        datetime.strptime(text, fmt)
        return True
    except ValueError:
        return False


patterns = ["^a", "a$", r"\Aa", r"a\Z", "^[a-c]+$", r"^\w+$", r"\d", r"^\d+$", r"\s", r"\S", r"\bfoo\b", r"\Boo", "(?i)FOO", "(?s)a.b", "a.b", "(?m)^b$", "(?P<x>a)(?P=x)", r"(a)\1", "[^a]", "[]a]", "[a\\]]", "a{2}", "a{,2}b", "a{1,}", "x{", "[[]", "(?:foo|bar)", "(?=a)", "(?!a)b", "(?<=a)b", "(?<!a)b", "a|b", "", r"\.", r"\-", r"^[\w.+-]+@[\w-]+\.[\w.]+$", "[0-9]{3}-?", r"\$", r"\/", "(?#note)a", r"[\s\d]", r"[\w]", "€", "^.$", "é", r"\u00e9", r"\x41", "}", "]", "a*?b", r"[a\-z]", r"[\^a]", "(?i)É"]
texts = ["a", "b", "ab", "aab", "foo", "a foo b", "foobar", "FOO", "a\nb", "a\n", "b\n", "\n", "", "abc", "123", "\u0661\u0662", "a1_", "ünï", "é", "É", "x@y.zz", "123-", "$5", "a.b", "a-b", "/", "]", "[", "}", "x{", "😀", "€", " ", "\u00a0", "ſ", "K", "_", "aaa", "bar", "\r", "a\rb", "\u2028", "A", "z", "^"]
floats = [0.0, -0.0, 1.0, 1.5, 0.1, 1e15, 1e16, 123456789012345680.0, 1e22, 1e-4, 1e-5, 0.00012, 1.5e-7, 1e100, 5e-324, 1.7976931348623157e308, -2.5, 100.0, 1234567.891, float("inf"), float("-inf")]
schemas = [
    {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}}, "required": ["a"]},
    {"type": ["integer", "null"]},
    {"enum": [1, "a", None, [1]]},
    {"const": {"a": 1}},
    {"type": "array", "items": {"type": "number"}, "minItems": 1, "uniqueItems": True},
    {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    {"type": "string", "minLength": 2, "maxLength": 3, "pattern": "^a"},
    {"multipleOf": 0.1, "type": "number"},
    {"exclusiveMinimum": 1, "maximum": 3},
    {"additionalProperties": False, "properties": {"a": {}}, "patternProperties": {"^x": {"type": "integer"}}},
    {"anyOf": [{"type": "integer"}, {"required": ["b"], "type": "object"}]},
    {"oneOf": [{"minimum": 2}, {"type": "integer"}]},
    {"allOf": [{"minimum": 1}, {"maximum": 2}]},
    {"not": {"type": "string"}},
    {"if": {"type": "integer"}, "then": {"minimum": 2}, "else": {"type": "string"}},
    {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["a"]}}},
    {"contains": {"type": "integer"}, "maxContains": 1, "type": "array"},
    {"propertyNames": {"maxLength": 1}, "minProperties": 1, "maxProperties": 2},
    {"dependentRequired": {"a": ["b"]}},
    {"type": "boolean"},
    {"type": "number"},
    True,
    False,
    {"format": "email", "type": "string"},
]
values = [1, 0, -1, 1.0, 1.5, 0.3, 2, 3, 4, "a", "ab", "abcd", "b", "", None, True, False, [], [1], [1, 1], [1, "a"], ["a", 1], [1, 2], {}, {"a": 1}, {"a": -1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": 2}, {"x1": 1}, {"x1": "a"}, {"a": 1, "next": {"a": 2}}, {"a": 1, "next": {}}, {"ab": 1}, [[1], [1]], [{"a": 1}, {"a": 1}], 10**15]


def valid(value, schema):
    try:
        jsonschema.validate(value, schema)
        return True
    except jsonschema.ValidationError:
        return False


frame = pd.DataFrame({"a": [1.0, 2.0, None, 4.0, -1.0], "b": [1, 5, 3, 4, 0], "s": pd.Series(["x", "y", None, "x z", ""], dtype="object"), "t": [True, False, True, False, True], "odd name": [1, 2, 3, 4, 5]})
queries = ["a > 1", "a == a", "a != a", "not a > 1", "~(a > 1)", "a > 1 and b < 5", "a > 1 & b < 5", "a > 1 | b == 3", "a > 1 or b == 3 and t", "(a > 1 or b == 3) and t", "1 < b < 5", "1 < b <= 4 != 3", "s == 'x'", 's != "x"', "s in ['x', 'y']", "s not in ('x',)", "s == ['x', 'y']", "s != ['x']", "a in [1, 2]", "a not in [1]", "a.isnull()", "not a.notnull()", "s.isna() or a > 3", "t", "not t", "t == True", "`odd name` > 3", "a + b > 5", "a * 2 - 1 >= b", "b % 2 == 0", "b / 2 > 1", "-a > 0", "a > -2", "a == 1.0", "b in [1.0, 5]", "s > 'w'", "a >= 1e0", "'x' == s", "3 < b", "a > b", "(a > 1)", "not (a > 1 and t)", "s == ''", "b == 1 or b == 5 or b == 0"]
out = {
    "strptime": [[f, [reads(s, f) for s in stamps]] for f in formats],
    "stamps": stamps,
    "regex": [[p, [bool(re.search(p, t)) for t in texts]] for p in patterns],
    "texts": texts,
    "floats": [[str(f) if f in (float("inf"), float("-inf")) else f, repr(f)] for f in floats],
    "schemas": [[s, [valid(v, s) for v in values]] for s in schemas],
    "values": values,
    "queries": [[q, [int(i) for i in frame.query(q, engine="python").index]] for q in queries],
    "frame": json.loads(frame.to_json(orient="records")),
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "texts.json"), "w") as file:
    json.dump(out, file, separators=(",", ":"))
print({k: len(v) for k, v in out.items()})
