#!/usr/bin/env python3
"""Make elsewhere.hdf5, linked.hdf5, unusual.hdf5 and latest.hdf5: elements in other files, or not as they lie, or in a newer format.

usage: make_elsewhere.py FOLDER   (pip install h5py numpy). Every dataset of elsewhere.hdf5 and unusual.hdf5 holds 10 x 6 values, element
(i, j) is 6 i + j; the files that elsewhere.hdf5 and linked.hdf5 name are not kept.
"""
import os, sys
import h5py, numpy as np

values = np.arange(60).reshape(10, 6).astype("<f4")
os.chdir(sys.argv[1])
with h5py.File("other.hdf5", "w") as f:
    f.create_dataset("train", data=values)
with h5py.File("elsewhere.hdf5", "w") as f:
    f.create_dataset("here", data=values)
    f["soft_here"] = h5py.SoftLink("/here")
    f["link"] = h5py.ExternalLink("other.hdf5", "/train")
    f["soft"] = h5py.SoftLink("/link")
    f.create_dataset("raw", data=values, external=[("raw.bin", 0, h5py.h5f.UNLIMITED)])
    layout = h5py.VirtualLayout(shape=(10, 6), dtype="<f4")
    layout[:] = h5py.VirtualSource("other.hdf5", "train", shape=(10, 6))
    f.create_virtual_dataset("virtual", layout)
    # A virtual dataset without any source.
    f.create_virtual_dataset("empty", h5py.VirtualLayout(shape=(10, 6), dtype="<f4"))
# A dataset in ann-benchmarks' layout whose vectors are another file's.
with h5py.File("linked.hdf5", "w") as f:
    f.attrs["distance"] = "euclidean"
    f["train"] = h5py.ExternalLink("other.hdf5", "/train")
    f.create_dataset("test", data=np.zeros((3, 4), "f4"))
    f.create_dataset("neighbors", data=np.zeros((3, 1), "i4"))
    f.create_dataset("distances", data=np.zeros((3, 1), "f4"))
os.remove("other.hdf5")
os.remove("raw.bin")


def shuffled(data, size):
    return np.frombuffer(data, "u1").reshape(-1, size).T.tobytes()


with h5py.File("unusual.hdf5", "w") as f:
    # Pairs of floats are shuffled together: patched below, since the library would not write that.
    pairs = f.create_dataset("pairs", (10, 6), "<f4", chunks=(10, 6), shuffle=True)
    pairs.id.write_direct_chunk((0, 0), shuffled(values.tobytes(), 8))
    swapped = h5py.enum_dtype({"TRUE": 0, "FALSE": 1}, basetype="i1")
    f.create_dataset("swapped", data=(values % 2).astype("i1"), dtype=swapped)
    f.create_dataset("weekday", data=(values % 7).astype("i1"), dtype=h5py.enum_dtype(
        {name: number for number, name in enumerate(["mo", "tu", "we", "th", "fr", "sa", "su"])}, basetype="i1"))
with open("unusual.hdf5", "r+b") as f:
    data = f.read()
    name = data.index(b"shuffle\0")
    f.seek(name + 8)
    assert data[name + 8:name + 12] == b"\4\0\0\0"
    f.write(b"\10")

# A dataset in ann-benchmarks' layout and the newest file format that HDF5 1.10 reads: other indexes of chunks, checksums in all headers.
random = np.random.default_rng(1)
train, test = random.random((30, 4), "f4"), random.random((6, 4), "f4")
distances = np.linalg.norm(test[:, None] - train[None], axis=2)
neighbors = np.argsort(distances, axis=1, kind="stable")[:, :3]
with h5py.File("latest.hdf5", "w", libver=("v110", "v110")) as f:
    f.attrs["distance"] = "euclidean"
    f.create_dataset("train", data=train, chunks=(8, 4), compression="gzip", shuffle=True)
    f.create_dataset("test", data=test, chunks=(6, 4), maxshape=(None, 4), compression="gzip")
    f.create_dataset("neighbors", data=neighbors.astype("i4"), chunks=(2, 3), maxshape=(None, None))
    f.create_dataset("distances", data=np.take_along_axis(distances, neighbors, 1).astype("f4"))
