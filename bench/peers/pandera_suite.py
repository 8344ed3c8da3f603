"""The suite of `npm run bench -- quality` in Pandera on polars, on a frame in memory. Usage: <file.parquet> <rounds>"""
import json
import os
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"
import pandera
import pandera.polars as pa
import polars as pl

COUNTRIES = "AT BE CH CZ DE DK ES FI FR GB GR HU IE IT LU NL NO PL PT RO SE SI SK".split()
STATUSES = ["open", "paid", "packed", "shipped", "returned", "closed"]
frame = pl.read_parquet(sys.argv[1])


def whole(make):
    return pa.Check(lambda data: data.lazyframe.select(make()))


schema = pa.DataFrameSchema(
    {
        "id": pa.Column(unique=True),
        "quantity": pa.Column(checks=[pa.Check.between(1, 100)], nullable=False),
        "amount": pa.Column(
            checks=[
                pa.Check.between(0, 100_000),
                whole(lambda: (pl.col("amount").mean() >= 40_000) & (pl.col("amount").mean() <= 60_000)),
            ],
            nullable=True,
        ),
        "discount": pa.Column(checks=[pa.Check.between(0, 1)], nullable=True),
        "ordered": pa.Column(
            checks=[whole(lambda: (pl.col("ordered") >= pl.col("ordered").shift(1)).fill_null(True))]
        ),
        "shipped": pa.Column(nullable=True),
        "country": pa.Column(checks=[pa.Check.isin(COUNTRIES)]),
        "status": pa.Column(checks=[pa.Check.isin(STATUSES)], nullable=False),
        "email": pa.Column(
            checks=[
                pa.Check.str_matches(r"^[a-z0-9._]+@[a-z0-9-]+\.[a-z]{2,}$"),
                pa.Check.str_length(6, 80),
            ],
            unique=True,
        ),
        "paid": pa.Column(nullable=False),
    },
    checks=[
        whole(lambda: (pl.col("shipped") >= pl.col("ordered")).fill_null(True)),
        whole(lambda: pl.len() >= 1),
    ],
)
best, failed = float("inf"), 0
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        failed = len(errors.schema_errors)
    best = min(best, time.process_time() - started)
print(json.dumps({"ms": best * 1000, "failed": failed, "version": pandera.__version__}))
