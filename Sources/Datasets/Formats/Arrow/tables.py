#!/usr/bin/env python3
"""Reads columns of Parquet and Arrow files, by Apache's library, for RecallBench.

The only argument is a request, one JSON object:

    {"do": "describe", "tables": [[PATH, ...], ...]}
        the rows and columns of tables; the files of a table are its rows in that order
    {"do": "rows", "files": [[PATH, ROWS], ...], "column": NAME, "width": W, "type": TYPE, "first": F}
        a column of lists, W elements a row, from row F to the end
    {"do": "values", "files": [[PATH, ROWS], ...], "column": NAME, "kind": KIND}
        a column of other values

Standard output has blocks: a length as little-endian int64, then so many bytes. A block of negative length is an error,
JSON {"kind": KIND, "path": PATH, "row": ROW, "detail": TEXT}, and the last. The reply to "describe" is one block of JSON.
"rows" gives a block for each batch of rows, elements little-endian and row-major. "values" gives a block for each batch:
the number n of rows (int64), then by KIND

    integers, floats   n bytes, 0 for null; n int64 or float64
    strings            n lengths (int64, -1 for null); the texts in UTF-8
    tags               n counts (int64); as many tags (int64)

and for tags at last a block of JSON: their names, or null where tags are numbers of the file's own.
"""
import json
import struct
import sys

# Modules in the user's folder are not meant.
if sys.path and sys.path[0] == "":
    sys.path.pop(0)

TYPES = {
    "halffloat": ("float16", "<f2"), "float": ("float32", "<f4"), "double": ("float64", "<f8"),
    "int8": ("int8", "<i1"), "int16": ("int16", "<i2"), "int32": ("int32", "<i4"), "int64": ("int64", "<i8"),
    "uint8": ("uint8", "<u1"), "uint16": ("uint16", "<u2"), "uint32": ("uint32", "<u4"), "uint64": ("uint64", "<u8"),
}
BATCH_BYTES = 4 << 20


class Fault(Exception):
    def __init__(self, kind, path="", row=0, detail=""):
        self.reply = {"kind": kind, "path": path, "row": row, "detail": " ".join(str(detail).split())[:300]}


def send(*parts):
    parts = [memoryview(part).cast("B") for part in parts if len(part)]
    sys.stdout.buffer.write(struct.pack("<q", sum(part.nbytes for part in parts)))
    for part in parts:
        sys.stdout.buffer.write(part)


def open_file(path):
    """A Parquet file, or an Arrow file or stream."""
    try:
        with open(path, "rb") as file:
            magic = file.read(6)
        if magic[:4] == b"PAR1":
            # A buffer of its own: the whole of a column in a row group would be read otherwise.
            return parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        if magic == b"ARROW1":
            return pyarrow.ipc.open_file(pyarrow.memory_map(path))
        if magic[:4] == b"FEA1":
            raise Fault("unreadable", path, detail="Feather version 1; write it again with pyarrow.feather.write_feather")
        return pyarrow.ipc.open_stream(pyarrow.memory_map(path))
    except Fault:
        raise
    except Exception as error:
        raise Fault("unreadable", path, detail=error)


def schema_of(file):
    return file.schema_arrow if isinstance(file, parquet.ParquetFile) else file.schema


def batches(file, path, column, first, size):
    """The first row and the values of each batch of a column, from some row on; each at most `size` rows."""
    try:
        if isinstance(file, parquet.ParquetFile):
            row, groups = 0, []
            for group in range(file.num_row_groups):
                if groups or row + file.metadata.row_group(group).num_rows > first:
                    groups.append(group)
                else:
                    row += file.metadata.row_group(group).num_rows
            if not groups:
                return
            arrays = (batch.column(0) for batch in file.iter_batches(
                batch_size=size, row_groups=groups, columns=[column], use_threads=True))
        elif isinstance(file, pyarrow.ipc.RecordBatchFileReader):
            row = 0
            arrays = (file.get_batch(number).column(column) for number in range(file.num_record_batches))
        else:
            row = 0
            arrays = (batch.column(column) for batch in file)
        for array in arrays:
            end = row + len(array)
            if end > first:
                skip = max(first - row, 0)
                for place in range(skip, len(array), size):
                    yield row + place, array.slice(place, min(size, len(array) - place))
            row = end
    except Fault:
        raise
    except Exception as error:
        raise Fault("unreadable", path, detail=error)


def plain(kind):
    """What an extension type is stored as."""
    return kind.storage_type if isinstance(kind, pyarrow.BaseExtensionType) else kind


def is_list(kind):
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def is_text(kind):
    return types.is_string(kind) or types.is_large_string(kind)


def described(field):
    kind = plain(field.type)
    if types.is_dictionary(kind):
        kind = kind.value_type
    column = {"name": field.name, "kind": "other", "type": str(kind), "width": 0}
    if is_list(kind) and str(kind.value_type) in TYPES:
        column["kind"], column["type"] = "lists", TYPES[str(kind.value_type)][0]
        if types.is_fixed_size_list(kind):
            column["width"] = kind.list_size
    elif is_list(kind) and is_text(kind.value_type):
        column["kind"] = "tags"
    elif types.is_integer(kind) or types.is_boolean(kind) or types.is_temporal(kind):
        column["kind"] = "integers"
    elif types.is_floating(kind) or types.is_decimal(kind):
        column["kind"] = "floats"
    elif is_text(kind):
        column["kind"] = "strings"
    return column


def rows_of(file, path):
    try:
        if isinstance(file, parquet.ParquetFile):
            return file.metadata.num_rows
        if isinstance(file, pyarrow.ipc.RecordBatchFileReader):
            return sum(file.get_batch(number).num_rows for number in range(file.num_record_batches))
        return sum(batch.num_rows for batch in file)
    except Exception as error:
        raise Fault("unreadable", path, detail=error)


def describe(request):
    tables = []
    for paths in request["tables"]:
        columns, files = None, []
        for path in paths:
            file = open_file(path)
            own = [described(field) for field in schema_of(file)]
            rows = rows_of(file, path)
            if columns is None:
                columns = own
            elif [(c["name"], c["kind"], c["type"]) for c in own] != [(c["name"], c["kind"], c["type"]) for c in columns]:
                raise Fault("unreadable", path, detail="its columns are not those of " + paths[0])
            # Lists of a free length: the first row's is that of all, or a fault when they are read.
            for column in columns:
                if rows and column["kind"] == "lists" and column["width"] == 0:
                    for _, array in batches(open_file(path), path, column["name"], 0, 1):
                        column["width"] = len(array[0]) if array[0].is_valid else 0
                        break
            files.append([path, rows])
        tables.append({"files": files, "columns": columns})
    send(json.dumps({"tables": tables}).encode())


def elements(array, column, width, path, first):
    """The elements of a batch of lists up to the first bad row, and what is wrong with that: a null, another length."""
    array = array.storage if isinstance(array, pyarrow.ExtensionArray) else array
    fault = None
    if array.null_count:
        good = array.is_null().index(True).as_py()
        fault = Fault("null", path, first + good, column)
        array = array.slice(0, good)
    lengths = compute.list_value_length(array)
    wrong = compute.not_equal(lengths, width).index(True).as_py()
    if wrong >= 0:
        fault = Fault("ragged", path, first + wrong, lengths[wrong].as_py())
        array = array.slice(0, wrong)
    values = array.flatten()
    if values.null_count:
        good = values.is_null().index(True).as_py() // width
        fault = Fault("null", path, first + good, column)
        values = values.slice(0, good * width)
    return values, fault


def rows(request):
    width, column = request["width"], request["column"]
    dtype = dict(TYPES.values())[request["type"]]
    size = max(BATCH_BYTES // (width * numpy.dtype(dtype).itemsize), 1)
    start, first = 0, request["first"]
    for path, count in request["files"]:
        if start + count > first:
            for row, array in batches(open_file(path), path, column, max(first - start, 0), size):
                values, fault = elements(array, column, width, path, row)
                send(numpy.ascontiguousarray(values.to_numpy(zero_copy_only=False), dtype=dtype))
                if fault:
                    raise fault
        start += count


def values(request):
    kind, column = request["kind"], request["column"]
    names, numbers = [], {}
    for path, _ in request["files"]:
        for row, array in batches(open_file(path), path, column, 0, 1 << 16):
            try:
                send_values(array, kind, names, numbers)
            except Fault:
                raise
            except Exception as error:
                raise Fault("unreadable", path, row, error)
    if kind == "tags":
        send(json.dumps(names if numbers else None).encode())


def send_values(array, kind, names, numbers):
    array = array.storage if isinstance(array, pyarrow.ExtensionArray) else array
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    count = struct.pack("<q", len(array))
    valid = numpy.ascontiguousarray(array.is_valid().to_numpy(zero_copy_only=False), dtype="u1")
    if kind == "integers":
        if types.is_temporal(array.type):
            array = array.cast(pyarrow.int32() if array.type.bit_width == 32 else pyarrow.int64())
        numbers64 = array.cast(pyarrow.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        send(count, valid, numpy.ascontiguousarray(numbers64, dtype="<i8"))
    elif kind == "floats":
        floats = array.cast(pyarrow.float64()).fill_null(0).to_numpy(zero_copy_only=False)
        send(count, valid, numpy.ascontiguousarray(floats, dtype="<f8"))
    elif kind == "strings":
        texts = [None if text is None else text.encode() for text in array.to_pylist()]
        lengths = numpy.array([-1 if text is None else len(text) for text in texts], dtype="<i8")
        send(count, lengths, b"".join(text for text in texts if text is not None))
    else:
        lists = array.to_pylist()
        for tag in (tag for tags in lists for tag in tags or [] if isinstance(tag, str) and tag not in numbers):
            if tag not in numbers:
                numbers[tag] = len(names)
                names.append(tag)
        counts = numpy.array([len(tags or []) for tags in lists], dtype="<i8")
        flat = [numbers[tag] if isinstance(tag, str) else tag for tags in lists for tag in tags or []]
        send(count, counts, numpy.array(flat, dtype="<i8"))


try:
    try:
        import numpy
        import pyarrow
        import pyarrow.ipc
        from pyarrow import compute, parquet, types
    except ImportError as error:
        raise Fault("missing", detail=error)
    request = json.loads(sys.argv[1])
    {"describe": describe, "rows": rows, "values": values}[request["do"]](request)
    sys.stdout.buffer.flush()
except Fault as fault:
    reply = json.dumps(fault.reply).encode()
    sys.stdout.buffer.write(struct.pack("<q", -len(reply)) + reply)
    sys.stdout.buffer.flush()
except BrokenPipeError:
    # The reader has what it wants; nothing is left to be flushed at the end.
    sys.stdout = None
