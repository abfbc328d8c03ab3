"""Reads the exports of a recording with DuckDB and pandas, and prints what they find as JSON."""

import json
import sys

import duckdb
import pandas

folder = sys.argv[1]


def found(source: str) -> dict:
    rows = duckdb.sql(
        f"select count(*) filter (event is null), sum(value), min(sequence), max(sequence), sum(lost) from {source}"
    ).fetchone()
    return dict(zip(("samples", "sum", "first", "last", "lost"), map(int, rows)))


jsonl = duckdb.sql(
    f"select count(payload), sum(payload::int), min(sequence), max(sequence), sum(lost) "
    f"from read_json('{folder}/run.jsonl', format='newline_delimited', union_by_name=true, ignore_errors=false) "
    "where event in ('device_data', 'gap')"
).fetchone()
frame = pandas.read_csv(f"{folder}/run.csv")
samples = frame[frame["event"].isna()]
units = duckdb.sql(f"select decode(value) from parquet_kv_metadata('{folder}/run.parquet') where decode(key) = 'labdaemon.units'")
print(
    json.dumps(
        {
            "parquet": found(f"'{folder}/run.parquet'"),
            "csv": found(f"read_csv('{folder}/run.csv')"),
            "jsonl": dict(zip(("samples", "sum", "first", "last", "lost"), map(int, jsonl))),
            "pandas": {
                "samples": len(samples),
                "sum": int(samples["value"].sum()),
                "first": int(samples["sequence"].min()),
                "last": int(samples["sequence"].max()),
                "lost": int(frame["lost"].sum()),
            },
            "units": json.loads(units.fetchone()[0]),
            "time": str(duckdb.sql(f"select epoch_us(max(timestamp)) from '{folder}/run.parquet' where event is null").fetchone()[0]),
        }
    )
)
