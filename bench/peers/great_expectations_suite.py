"""The suite of `npm run bench -- quality` in Great Expectations, on a pandas frame in memory. Usage: <file.parquet> <rounds>"""
import json
import logging
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd

COUNTRIES = "AT BE CH CZ DE DK ES FI FR GB GR HU IE IT LU NL NO PL PT RO SE SI SK".split()
STATUSES = ["open", "paid", "packed", "shipped", "returned", "closed"]
frame = pd.read_parquet(sys.argv[1])
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = (
    context.data_sources.add_pandas("memory")
    .add_dataframe_asset("orders")
    .add_batch_definition_whole_dataframe("all")
    .get_batch({"dataframe": frame})
)
suite = gx.ExpectationSuite(
    name="orders",
    expectations=[
        gxe.ExpectColumnValuesToNotBeNull(column="quantity"),
        gxe.ExpectColumnValuesToNotBeNull(column="status"),
        gxe.ExpectColumnValuesToNotBeNull(column="paid"),
        gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=1, max_value=100),
        gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=100_000),
        gxe.ExpectColumnValuesToBeBetween(column="discount", min_value=0, max_value=1),
        gxe.ExpectColumnValuesToBeInSet(column="country", value_set=COUNTRIES),
        gxe.ExpectColumnValuesToBeInSet(column="status", value_set=STATUSES),
        gxe.ExpectColumnValuesToMatchRegex(column="email", regex=r"^[a-z0-9._]+@[a-z0-9-]+\.[a-z]{2,}$"),
        gxe.ExpectColumnValueLengthsToBeBetween(column="email", min_value=6, max_value=80),
        gxe.ExpectColumnValuesToBeUnique(column="id"),
        gxe.ExpectColumnValuesToBeUnique(column="email"),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="shipped", column_B="ordered", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        gxe.ExpectColumnValuesToBeIncreasing(column="ordered"),
        gxe.ExpectColumnMeanToBeBetween(column="amount", min_value=40_000, max_value=60_000),
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=len(frame)),
    ],
)
best, failed = float("inf"), 0
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    result = batch.validate(suite)
    best = min(best, time.process_time() - started)
    failed = sum(int(one.result.get("unexpected_count") or 0) for one in result.results)
print(json.dumps({"ms": best * 1000, "failed": failed, "version": gx.__version__}))
