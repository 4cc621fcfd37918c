// What the protocols' signatures are written in: an index author imports VectorSearch alone.
@_exported import struct VectorCore.Matrix
@_exported import enum VectorCore.Metric
@_exported import struct VectorCore.Neighbor
@_exported import struct VectorCore.TopK
