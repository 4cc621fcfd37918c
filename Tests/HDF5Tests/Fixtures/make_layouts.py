#!/usr/bin/env python3
"""Make layouts.hdf5 and userblock.hdf5: what h5py writes and our own writer does not.

usage: make_layouts.py FOLDER   (pip install h5py numpy). Every dataset holds 10 x 6 values, element (i, j) is 6 i + j.
"""
import sys
import h5py, numpy as np

values = np.arange(60).reshape(10, 6)
with h5py.File(f"{sys.argv[1]}/layouts.hdf5", "w") as f:
    f.create_dataset("big_endian", data=values.astype(">f4"))
    f.create_dataset("big_endian_half", data=values.astype(">f2"), chunks=(4, 4), compression="gzip")
    f.create_dataset("half", data=values.astype("<f2"), chunks=(4, 4), compression="gzip", shuffle=True)
    f.create_dataset("fletcher", data=values.astype("<i8"), chunks=(4, 4), fletcher32=True, compression="gzip")
    f.create_dataset("scale_offset", data=values.astype("<i4"), chunks=(4, 4), scaleoffset=0)
    f.create_dataset("growing", data=values.astype("<u2"), maxshape=(None, 6), chunks=(16, 4), compression="gzip")
    f.create_dataset("lzf", data=values.astype("<f4"), chunks=(4, 4), compression="lzf")
    sparse = f.create_dataset("unwritten", (10, 6), "<f4", chunks=(4, 6), fillvalue=7)
    sparse[0:4] = values[0:4]
    f.create_dataset("bool", data=values % 2 == 1)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((10, 6))
    h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values, "<f4"))
    f.create_dataset("text", data=[["a", "b"]], dtype=h5py.string_dtype())
    f.create_dataset("scalar", data=3.5)
    f.create_group("group")
    f.attrs["variable"] = "angular"
    f.attrs["fixed"] = np.bytes_("euclidean")
    f.attrs["umlaut"] = "größe"
    f.attrs["dimension"] = 6
    f.attrs["small"] = np.uint8(200)
    f.attrs["one_in_a_list"] = np.array([12])
    f.attrs["several"] = np.array([1, 2])
    f.attrs["nothing"] = h5py.Empty("f4")
    f.attrs["half"] = np.float16(0.5)
with h5py.File(f"{sys.argv[1]}/userblock.hdf5", "w", userblock_size=512) as f:
    f.create_dataset("train", data=values.astype("<f4"))
