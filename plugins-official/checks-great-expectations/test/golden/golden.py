"""Asks the installed Great Expectations about every case of cases.json: python golden.py, written to <major version>.json beside it."""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import logging

logging.disable(logging.CRITICAL)
import great_expectations as gx
import pandas as pd
from great_expectations.core.batch import Batch
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.validator import Validator

OLD = gx.__version__.startswith("0.")
if OLD:
    from great_expectations.core import ExpectationConfiguration
else:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

here = os.path.dirname(os.path.abspath(__file__))
given = json.load(open(os.path.join(here, "cases.json")))


def series(kind, values):
    if kind == "datetime":
        return pd.to_datetime(pd.Series(values, dtype="object")).astype("datetime64[ns]")
    if kind == "float":
        return pd.Series([float("nan") if v is None else float(v) for v in values], dtype="float64")
    if kind == "int":
        return pd.Series(values, dtype="int64")
    if kind == "boolean":
        return pd.Series(values, dtype="bool")
    return pd.Series(values, dtype="object" if OLD else "str")


frames = {name: pd.DataFrame({c: series(*d) for c, d in table.items()}) for name, table in given["tables"].items()}


def ask(case, result_format):
    settings = {"expectation_type" if OLD else "type": case["type"], "kwargs": dict(case["kwargs"])}
    validator = Validator(execution_engine=PandasExecutionEngine(), batches=[Batch(data=frames[case["table"]].copy())])
    found = validator.graph_validate(
        configurations=[ExpectationConfiguration(**settings)],
        runtime_configuration={"result_format": result_format, "catch_exceptions": True},
    )[0].to_json_dict()
    info = found.get("exception_info") or {}
    raised = bool(info.get("raised_exception")) or any(isinstance(v, dict) and v.get("raised_exception") for v in info.values())
    return {"success": found["success"], "result": found["result"], **({"raised": True} if raised else {})}


def plain(value):
    """As JSON can say it: what numpy says as Python does, NaN and infinities as text."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


answers = []
for case in given["cases"]:
    formats = ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"] if case.get("formats") else ["COMPLETE"]
    one = {}
    for result_format in formats:
        try:
            one[result_format] = ask(case, result_format)
        except BaseException as error:
            one[result_format] = {"refused": str(error).strip().split("\n")[0][:160]}
    answers.append(one)
with open(os.path.join(here, ("0.18" if OLD else "1") + ".json"), "w") as out:
    out.write(json.dumps({"great_expectations": gx.__version__, "pandas": pd.__version__})[:-1] + ', "answers": [\n')
    out.write(",\n".join(json.dumps(plain(a), separators=(",", ":")) for a in answers) + "\n]}\n")
print(gx.__version__, len(answers), sum("refused" in str(a) for a in answers), "refused", sum("raised" in str(a) for a in answers), "raised")
