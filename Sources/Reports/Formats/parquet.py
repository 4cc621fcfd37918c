"""Writes a table as Parquet, with pyarrow, which `make deps` installs.

On standard input is one JSON document, {"columns": [{"name", "type", "values"}]}; the types are text, integer, seed (64
bits without a sign) and number, and a missing value is null. An infinite number is a text, "inf" or "-inf". The file is
written to standard output. The exit code is 3 when there is no pyarrow.
"""

import io
import json
import sys

try:
    import pyarrow
    from pyarrow import parquet
except ImportError:
    sys.exit(3)

TYPES = {
    "text": pyarrow.string(),
    "integer": pyarrow.int64(),
    "seed": pyarrow.uint64(),
    "number": pyarrow.float64(),
}

names, columns = [], []
for column in json.load(sys.stdin)["columns"]:
    values = column["values"]
    if column["type"] == "number":
        values = [None if value is None else float(value) for value in values]
    names.append(column["name"])
    columns.append(pyarrow.array(values, TYPES[column["type"]]))
file = io.BytesIO()
parquet.write_table(pyarrow.table(columns, names=names), file)
sys.stdout.buffer.write(file.getvalue())
