// The types in the protocols' signatures. With this export an index author imports VectorSearch alone.
@_exported import struct VectorCore.Matrix
@_exported import enum VectorCore.Metric
@_exported import struct VectorCore.Neighbor
@_exported import struct VectorCore.TopK
