"""Asks dateutil which texts it reads and as what (with a default of 1970-01-01, so that no answer depends on today): python dates.py"""
import datetime
import itertools
import json
import os

from dateutil.parser import parse

texts = """2020-01-01|2020-02-30|01/02/2021|13/02/2021|not a date|2021-12-31T10:00:00|20200101|12|2020|2020-1|Jan 2020|1 January 2020|January 1, 2020|Jan 1st 2020|1st of Jan 2020
10:00|10:00:30.5|10am|10 pm|12am|13pm|0pm|10h|10h30m|10 h 30 m 5 s|10h30|2020-01-01 10:00 UTC|2020-01-01T10:00:00Z|2020-01-01T10:00:00+02:00|2020-01-01 10:00 -0330|2020-01-01 10:00 GMT+3|2020-01-01 10:00 EST
Mon|Monday|Mon Jan 1 2020|Thu, 25 Sep 2003 10:49:41 -0300|2003-09-25T10:49:41.5-03:00|20030925T104941|20030925T1049|200309251049|20030925104941|199709020908|10-09-2003|25.09.2003|2003.09.25|10.09|10.09.03|30/02/2020
99|100|101|1000|32|0|00|1.5|12.5|1,5|a|m|t|at|on|12 at|.|-|/| ||  |2020-13-01|2020-00-10|2020-01-00|99-01-01|01-99-01|Jan-99|Jan-01-99|Jan of 99|31 Feb 2020|Feb 29 2021|Feb 29 2020
24:00|23:59:60|23:59:59|10:60|2020-01-01 25:00|2020-01-01 10:00 am|2020-01-01 13:00 pm|2020/01/01 10:00:00.123456789|2020-W01-1|2020-001|2020-01-01T|T10:00|2020-01-01 foo|today|now|yesterday|1e5|1_000|+5|-5|2020--01|2020-01-01-01|1 2 3 4|1 2 3|31 12 2020|12 31 2020|2020 12 31|2020 31 12
nan|inf|infinity|true|None|null|\u00fcn\u00ef|abc|B|2020-01-01 10:00 (UTC)|2020-01-01 10:00+02 (CEST)|10 Sep 2003 BCE|Sep. 10, 2003|Sept 10 2003|10/Sep/2003|Sep/10/2003|5:50 A.M.|5:50 a.m. on June 13, 1990|3rd of May 2001|5th of March 2001|1996.July.10 AD 12:08 PM|July 4, 1976 12:01:02 am|'96 Jan|Wed, July 10, '96|20|0020-01-01|10000-01-01|2020-1-1T1:1|1h|1 m|1s|30s|90s|1h 61m|25h""".replace("\n", "|").split("|")
parts = ["2020", "1", "13", "40", "Jan", "10:30", "-", "/", " ", ".", ",", "pm", "T", "Z", "h", "05"]
texts += ["".join(some) for some in itertools.product(parts, repeat=3)]
out = {}
for text in dict.fromkeys(texts):
    try:
        found = parse(text, default=datetime.datetime(1970, 1, 1))
        naive = found.replace(tzinfo=None) - (found.utcoffset() or datetime.timedelta(0))
        out[text] = (naive - datetime.datetime(1970, 1, 1)) / datetime.timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        out[text] = None
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dates.json"), "w") as file:
    json.dump(out, file, separators=(",", ":"))
print(len(out), sum(v is not None for v in out.values()))
