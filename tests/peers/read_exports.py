"""Reads the exports of a recording, each with tools of other projects, and prints what they find as JSON."""

import json
import sys

import duckdb
import h5py
import numpy
import pandas
import pyarrow.ipc
from mcap.reader import make_reader

folder = sys.argv[1]
START_NS = pandas.Timestamp("2026-11-26T08:00:00Z").value


def found(samples, value, first, last, lost, big, unlabelled, trace, time) -> dict:
    """One answer of a tool. ``time`` is that of the last sample, in nanoseconds since the first one."""
    names = ("samples", "value", "first", "last", "lost", "big", "unlabelled", "trace", "time")
    given = (samples, value, first, last, lost, big, unlabelled, trace, time)
    return {name: str(number) if name == "big" else int(number) for name, number in zip(names, given)}


def by_duckdb(source: str, trace: str) -> dict:
    rows = duckdb.sql(
        f"select count(*), sum(value), min(sequence), max(sequence), (select sum(lost) from {source}), max(big), "
        f"count(*) - count(label), sum({trace}), max(epoch_us(timestamp::timestamptz)) from {source} where event is null"
    ).fetchone()
    return found(*rows[:-1], rows[-1] * 1000 - START_NS)


def by_pandas(frame: pandas.DataFrame, traces) -> dict:
    samples = frame[frame["event"].isna()]
    sequence, times = samples["sequence"], pandas.to_datetime(samples["timestamp"], utc=True).astype("datetime64[ns, UTC]")
    big = samples["big"].astype("Int64").max()
    trace = sum(numpy.nansum(numpy.array(each, dtype=float)) for each in traces(samples["trace"]))
    unlabelled = samples["label"].isna().sum()
    return found(
        len(samples), samples["value"].sum(), sequence.min(), sequence.max(), frame["lost"].sum(), big, unlabelled, trace,
        times.max().value - START_NS,
    )


def by_pyarrow() -> dict:
    table = pyarrow.ipc.open_file(f"{folder}/run.arrow").read_all()
    rows = [row for row in table.select(["event", "sequence", "lost", "value", "big", "label", "trace"]).to_pylist()]
    samples = [row for row in rows if row["event"] is None]
    times = table.column("timestamp").cast(pyarrow.int64()).to_pylist()
    assert str(table.schema.field("timestamp").type) == "timestamp[ns, tz=UTC]"
    return found(
        len(samples), sum(row["value"] for row in samples), samples[0]["sequence"], samples[-1]["sequence"],
        sum(row["lost"] or 0 for row in rows), max(row["big"] for row in samples),
        sum(row["label"] is None for row in samples),
        sum(each or 0 for row in samples for each in row["trace"]),
        max(time for time, row in zip(times, rows) if row["event"] is None) - START_NS,
    )


def by_h5py() -> dict:
    with h5py.File(f"{folder}/run.hdf5") as file:
        samples, events = file["devices/daq1/samples"], file["devices/daq1/events"]
        sequence, offsets = samples["sequence"][:], samples["trace/offsets"][:]
        trace = samples["trace/values"][:]
        assert len(offsets) == len(sequence) + 1 and offsets[-1] == len(trace)
        label = samples["label/values"][samples["label/offsets"][0] : samples["label/offsets"][1]].tobytes().decode()
        assert label == "0 °C", label
        return found(
            len(sequence), samples["value"][:].sum(), sequence[0], sequence[-1], events["lost"][:].sum(),
            samples["big"][:].max(), (file["devices/daq1/samples_valid/label"][:] == 0).sum(), numpy.nansum(trace),
            samples["timestamp"][:].max() - START_NS,
        )


def by_mcap() -> dict:
    samples, lost, times = [], 0, []
    with open(f"{folder}/run.mcap", "rb") as file:
        for schema, channel, message in make_reader(file, validate_crcs=True).iter_messages(log_time_order=False):
            assert schema.encoding == "jsonschema" and channel.message_encoding == "json"
            event = json.loads(message.data)
            if channel.topic == "/daq1":
                assert message.sequence == event["sequence"]
                samples.append(event)
                times.append(message.log_time)
            elif channel.topic == "/daq1/gap":
                lost += event["lost"]
    payloads = [sample["payload"] for sample in samples]
    return found(
        len(samples), sum(each["value"] for each in payloads), samples[0]["sequence"], samples[-1]["sequence"], lost,
        max(each["big"] for each in payloads), sum(each["label"] is None for each in payloads),
        sum(each or 0 for payload in payloads for each in payload["trace"]), times[-1] - START_NS,
    )


def units() -> dict:
    """The units as each format has them."""
    parquet = duckdb.sql(
        f"select decode(value) from parquet_kv_metadata('{folder}/run.parquet') where decode(key) = 'labdaemon.units'"
    ).fetchone()[0]
    schema = pyarrow.ipc.open_file(f"{folder}/run.arrow").schema
    with h5py.File(f"{folder}/run.hdf5") as file:
        hdf5 = file["devices/daq1/samples/value"].attrs["unit"]
        whole = json.loads(file["metadata/units"][:].tobytes())
    with open(f"{folder}/run.mcap", "rb") as file:
        reader = make_reader(file)
        schemas = reader.get_summary().schemas.values()
        [mcap] = [json.loads(each.data)["properties"]["payload"]["properties"] for each in schemas if each.name == "daq1.sample"]
    return {
        "parquet": json.loads(parquet)["value"]["daq1"],
        "arrow": schema.field("value").metadata[b"unit"].decode(),
        "arrow schema": json.loads(schema.metadata[b"labdaemon.units"])["value"]["daq1"],
        "hdf5": hdf5,
        "hdf5 metadata": whole["value"]["daq1"],
        "mcap": mcap["value"]["unit"],
    }


trace = "list_sum(list_filter(trace, lambda it: it is not null))"
jsonl = (
    f"(select case when event = 'device_data' then null else event end as event, sequence, lost, timestamp, payload.value, "
    f"payload.big, payload.label, payload.trace from read_json('{folder}/run.jsonl', format='newline_delimited', "
    "union_by_name=true, sample_size=-1))"
)
csv = f"(select * replace (from_json(trace, '[\"DOUBLE\"]') as trace) from read_csv('{folder}/run.csv', allow_quoted_nulls=false))"
print(
    json.dumps(
        {
            "found": {
                "DuckDB, Parquet": by_duckdb(f"'{folder}/run.parquet'", trace),
                "DuckDB, CSV": by_duckdb(csv, trace),
                "DuckDB, JSON lines": by_duckdb(jsonl, trace),
                "pandas, CSV": by_pandas(
                    pandas.read_csv(f"{folder}/run.csv", dtype={"big": "Int64"}), lambda cells: map(json.loads, cells)
                ),
                "pandas, Parquet": by_pandas(pandas.read_parquet(f"{folder}/run.parquet", dtype_backend="numpy_nullable"), list),
                "pandas, Arrow": by_pandas(pandas.read_feather(f"{folder}/run.arrow", dtype_backend="numpy_nullable"), list),
                "pyarrow": by_pyarrow(),
                "h5py": by_h5py(),
                "mcap": by_mcap(),
            },
            "units": units(),
        }
    )
)
